import { Injectable } from '@nestjs/common';
import { Health } from '@videoapi/chassis';
import { sql } from '@videoapi/database';
import { Nats } from '@videoapi/messaging';
import { DataSource } from 'typeorm';
import { Storage } from './storage/storage.js';

/** Ready means: bytes can be kept, remembered and announced. */
@Injectable()
export class UploadsHealth {
  constructor(health: Health, source: DataSource, nats: Nats, storage: Storage) {
    health.check('database', () => sql(source, 'SELECT 1'));
    health.check('nats', () => (nats.connected ? Promise.resolve() : Promise.reject(new Error('not connected'))));
    health.check('storage', () => storage.ping());
  }
}
