import { Injectable } from '@nestjs/common';
import { Health } from '@videoapi/chassis';
import { sql } from '@videoapi/database';
import { Nats } from '@videoapi/messaging';
import { DataSource } from 'typeorm';

/** Nothing can be held without the database, nor asked without NATS. */
@Injectable()
export class BillingHealth {
  constructor(health: Health, source: DataSource, nats: Nats) {
    health.check('database', () => sql(source, 'SELECT 1'));
    health.check('nats', () => nats.ping());
  }
}
