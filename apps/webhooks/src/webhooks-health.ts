import { Injectable } from '@nestjs/common';
import { Health } from '@videoapi/chassis';
import { sql } from '@videoapi/database';
import { DataSource } from 'typeorm';

/** Ready means: a callback can be stored. Without NATS it still can, and deliveries that are written down still go out. */
@Injectable()
export class WebhooksHealth {
  constructor(health: Health, source: DataSource) {
    health.check('database', () => sql(source, 'SELECT 1'));
  }
}
