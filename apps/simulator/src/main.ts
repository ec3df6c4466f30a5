import multipart from '@fastify/multipart';
import { loadConfig, serviceEnv, start } from '@videoapi/chassis';
import { z } from 'zod';
import { simulatorEnv } from './config.js';
import { formLimits } from './http/form.js';
import { SimulatorModule } from './simulator.module.js';
