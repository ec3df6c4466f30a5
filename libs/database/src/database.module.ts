import { setTimeout as sleep } from 'node:timers/promises';
import { type DynamicModule, Global, Logger, Module, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { createDataSource, type DatabaseOptions } from './data-source.js';
import { asUnavailable, codeOf } from './errors.js';

const connectAttempts = 15;
const connectPauseMs = 1_000;

/** Provides a connected TypeORM `DataSource` to the whole app. */
@Global()
@Module({})
export class DatabaseModule implements OnApplicationShutdown {
  static register(options: DatabaseOptions): DynamicModule {
    return {
      module: DatabaseModule,
      providers: [{ provide: DataSource, useFactory: () => connect(createDataSource(options)) }],
      exports: [DataSource],
    };
  }

  constructor(private readonly source: DataSource) {}

  /** The last hook of all, and global modules come last in it: every handler has finished by now. */
  async onApplicationShutdown(): Promise<void> {
    await this.source.destroy();
  }
}

/** A service that starts together with its database waits for it, but not for ever: the supervisor starts it again. */
async function connect(source: DataSource): Promise<DataSource> {
  const logger = new Logger('database');
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await source.initialize();
    } catch (error) {
      if (attempt === connectAttempts || asUnavailable(error) === error) throw error;
      logger.warn({ event: 'database_not_ready', attempt, code: codeOf(error) });
      await sleep(connectPauseMs);
    }
  }
}
