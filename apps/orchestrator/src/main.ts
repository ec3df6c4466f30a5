import { Module } from '@nestjs/common';
import { start } from '@videoapi/chassis';
import { orchestratorConfig, readEnv } from './config.js';
import { OrchestratorModule, transports } from './orchestrator.module.js';

const env = readEnv();
const config = orchestratorConfig(env);

@Module({ imports: [OrchestratorModule.register(config)] })
class Orchestrator {}

await start(Orchestrator, {
  name: 'orchestrator',
  healthPort: env.HEALTH_PORT,
  shutdownGraceMs: env.SHUTDOWN_GRACE_MS,
  microservices: () => transports(config),
});
