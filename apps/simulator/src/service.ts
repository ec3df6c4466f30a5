import multipart from '@fastify/multipart';
import { start, type Running } from '@videoapi/chassis';
import { type SimulatorConfig } from './config.js';
import { formLimits } from './http/form.js';
import { SimulatorModule } from './simulator.module.js';

/** Starts the simulator; images and videos may stand in JSON as data URLs, hence the large bodies. */
export function startSimulator(config: SimulatorConfig & { readonly HEALTH_PORT: number }): Promise<Running> {
  return start(SimulatorModule.register(config), {
    name: 'simulator',
    healthPort: config.HEALTH_PORT,
    http: {
      port: config.PORT,
      host: config.HOST,
      bodyLimit: formLimits.fileSize,
      configure: async (app) => {
        await app.register(multipart, { limits: formLimits });
      },
    },
  });
}
