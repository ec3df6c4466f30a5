import { messagingTables, type MigrationClass } from '@videoapi/database';
import { CallbackTables } from './0001-callbacks.js';
import { EndpointTables } from './0002-endpoints.js';
import { DeliveryTables } from './0003-deliveries.js';
import { ClaimFunction } from './0004-claim.js';

/** In this order, for ever. */
export const migrations: MigrationClass[] = [
  messagingTables,
  CallbackTables,
  EndpointTables,
  DeliveryTables,
  ClaimFunction,
];
