import { env as processEnv } from 'node:process';
import { Module } from '@nestjs/common';
import { start } from '@videoapi/chassis';
import { readEnv, workerConfig } from './config.js';
import { transports, WorkerModule } from './worker.module.js';

const env = readEnv();
const config = workerConfig(env, processEnv);

@Module({ imports: [WorkerModule.register(config)] })
class ProviderWorker {}

await start(ProviderWorker, {
  name: 'provider-worker',
  healthPort: env.HEALTH_PORT,
  shutdownGraceMs: env.SHUTDOWN_GRACE_MS,
  microservices: () => transports(config),
});
