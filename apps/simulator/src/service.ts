import multipart from '@fastify/multipart';
import { start, type Running, type StartOptions } from '@videoapi/chassis';
import { type SimulatorConfig } from './config.js';
import { keepBodyDigests } from './http/body-digests.js';
import { formLimits } from './http/form.js';
import { SimulatorModule } from './simulator.module.js';

/** Starts the simulator. Images and videos may stand in JSON as data URLs, hence the large bodies. */
export function startSimulator(
  config: SimulatorConfig,
  options: Pick<StartOptions, 'healthPort' | 'healthHost' | 'shutdownGraceMs' | 'ownsProcess' | 'logger'>,
): Promise<Running> {
  return start(SimulatorModule.register(config), {
    name: 'simulator',
    ...options,
    http: {
      port: config.PORT,
      host: config.HOST,
      bodyLimit: formLimits.fileSize,
      configure: async (app) => {
        await app.register(multipart, { limits: formLimits });
        keepBodyDigests(app.getHttpAdapter().getInstance(), '/jimeng');
      },
    },
  });
}
