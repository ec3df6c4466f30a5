import { Injectable } from '@nestjs/common';
import { Health } from '@videoapi/chassis';
import { AppError } from '@videoapi/contracts';
import { sql } from '@videoapi/database';
import { Nats } from '@videoapi/messaging';
import { DataSource } from 'typeorm';

/** Nothing can be kept without the database, nor asked without NATS. */
@Injectable()
export class OrchestratorHealth {
  constructor(health: Health, source: DataSource, nats: Nats) {
    health.check('database', async () => {
      await sql(source, 'SELECT 1');
    });
    health.check('nats', () =>
      nats.connected ? Promise.resolve() : Promise.reject(new AppError('unavailable', 'Not connected to NATS.')),
    );
  }
}
