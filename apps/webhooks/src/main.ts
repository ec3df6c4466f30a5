import { Module } from '@nestjs/common';
import { start } from '@videoapi/chassis';
import { callbackVerifiers } from '@videoapi/providers/callbacks';
import { readEnv, webhooksConfig } from './config.js';
import { httpOptions } from './http.js';
import { transports, WebhooksModule } from './webhooks.module.js';

const env = readEnv();
const config = webhooksConfig(env);

@Module({ imports: [WebhooksModule.register(config, callbackVerifiers)] })
class Webhooks {}

await start(Webhooks, {
  name: 'webhooks',
  healthPort: env.HEALTH_PORT,
  shutdownGraceMs: env.SHUTDOWN_GRACE_MS,
  http: { port: env.PORT, trustProxy: env.TRUST_PROXY, ...httpOptions },
  microservices: () => transports(config),
});
