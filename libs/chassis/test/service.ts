// A small service for the process tests: `/slow` answers after a while, `/hang` never, `/crash` breaks the process.
import { setTimeout as sleep } from 'node:timers/promises';
import { Controller, Get, Module } from '@nestjs/common';
import { z } from 'zod';
import { loadConfig, Log, port, serviceEnv, start } from '../src/index.js';

@Controller()
class Routes {
  constructor(private readonly log: Log) {}

  @Get('/slow')
  async slow(): Promise<string> {
    this.log.info({ event: 'request_taken' });
    await sleep(3_000);
    return 'done';
  }

  @Get('/hang')
  hang(): Promise<string> {
    this.log.info({ event: 'request_taken' });
    return new Promise(() => undefined);
  }

  @Get('/crash')
  crash(): string {
    setImmediate(() => {
      throw new Error('nobody caught this');
    });
    return 'soon';
  }
}

@Module({ controllers: [Routes] })
class ServiceModule {}

const config = loadConfig(z.object({ ...serviceEnv, SERVICE_PORT: port, REQUIRED: z.string() }));

await start(ServiceModule, {
  name: 'service',
  healthPort: config.HEALTH_PORT,
  http: { port: config.SERVICE_PORT },
  shutdownGraceMs: config.SHUTDOWN_GRACE_MS,
});
