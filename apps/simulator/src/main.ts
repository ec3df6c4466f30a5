import { loadConfig, serviceEnv } from '@videoapi/chassis';
import { z } from 'zod';
import { simulatorEnv } from './config.js';
import { startSimulator } from './service.js';

const config = loadConfig(z.object({ ...serviceEnv, ...simulatorEnv }));

await startSimulator(config, { healthPort: config.HEALTH_PORT, shutdownGraceMs: config.SHUTDOWN_GRACE_MS });
