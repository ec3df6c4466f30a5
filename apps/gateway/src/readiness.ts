import { Injectable } from '@nestjs/common';
import { Health } from '@videoapi/chassis';
import { Nats } from '@videoapi/messaging';

/**
 * Without NATS every answer would be a 503, so others should be asked. Without the database known keys still read and
 * submit: taking every gateway out for that would make a small outage a whole one.
 */
@Injectable()
export class Readiness {
  constructor(health: Health, nats: Nats) {
    health.check('nats', () => nats.ping());
  }
}
