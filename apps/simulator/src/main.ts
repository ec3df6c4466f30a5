import { loadConfig, serviceEnv } from '@videoapi/chassis';
import { z } from 'zod';
import { simulatorEnv } from './config.js';
import { startSimulator } from './service.js';

await startSimulator(loadConfig(z.object({ ...serviceEnv, ...simulatorEnv })));
