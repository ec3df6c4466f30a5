import { Module } from '@nestjs/common';
import { start } from '@videoapi/chassis';
import { gatewayConfig, readEnv } from './config.js';
import { maxJsonBytes } from './edge/body-parsers.js';
import { GatewayModule } from './gateway.module.js';
import { configureHttp, fastifyOptions } from './http.js';

const env = readEnv();

@Module({ imports: [GatewayModule.register(gatewayConfig(env))] })
class Gateway {}

await start(Gateway, {
  name: 'gateway',
  healthPort: env.HEALTH_PORT,
  shutdownGraceMs: env.SHUTDOWN_GRACE_MS,
  http: {
    port: env.PORT,
    bodyLimit: maxJsonBytes,
    trustProxy: env.TRUST_PROXY,
    fastify: fastifyOptions,
    configure: configureHttp,
  },
});
