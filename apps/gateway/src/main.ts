import { start } from '@videoapi/chassis';
import { gatewayConfig, readEnv } from './config.js';
import { GatewayModule } from './gateway.module.js';
import { configureHttp } from './http.js';
import { maxJsonBytes } from './edge/body-parsers.js';

const env = readEnv();

await start(GatewayModule.register(gatewayConfig(env)), {
  name: 'gateway',
  healthPort: env.HEALTH_PORT,
  http: { port: env.SERVICE_PORT, bodyLimit: maxJsonBytes, configure: configureHttp },
});
