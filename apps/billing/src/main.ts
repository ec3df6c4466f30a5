import { Module } from '@nestjs/common';
import { start } from '@videoapi/chassis';
import { BillingModule, transports } from './billing.module.js';
import { billingConfig, readEnv } from './config.js';

const env = readEnv();
const config = billingConfig(env);

@Module({ imports: [BillingModule.register(config)] })
class Billing {}

await start(Billing, {
  name: 'billing',
  healthPort: env.HEALTH_PORT,
  shutdownGraceMs: env.SHUTDOWN_GRACE_MS,
  microservices: () => transports(config),
});
