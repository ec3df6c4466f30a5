import { type DynamicModule, Module } from '@nestjs/common';
import { Drain } from './drain.js';
import { Health } from './health.js';
import { createLogger, Log } from './logger.js';
import { Metrics } from './metrics.js';

export interface ChassisParts {
  readonly drain: Drain;
  readonly health: Health;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** `Log`, `Health`, `Metrics` and `Drain`, injectable everywhere. `start` adds it; a test of a module may import it. */
@Module({})
export class ChassisModule {
  static register(parts: ChassisParts = chassisParts('test')): DynamicModule {
    const providers = [
      { provide: Drain, useValue: parts.drain },
      { provide: Health, useValue: parts.health },
      { provide: Log, useValue: parts.log },
      { provide: Metrics, useValue: parts.metrics },
    ];
    return { module: ChassisModule, global: true, providers, exports: [Drain, Health, Log, Metrics] };
  }
}

export function chassisParts(name: string, log = new Log(createLogger(name))): ChassisParts {
  const drain = new Drain();
  return { drain, health: new Health(drain), log, metrics: new Metrics() };
}
