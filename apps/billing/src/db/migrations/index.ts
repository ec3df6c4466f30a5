import { messagingTables, type MigrationClass } from '@videoapi/database';
import { ledger } from './0001-ledger.js';
import { batch } from './0002-batch.js';
import { prices } from './0003-prices.js';
import { operations } from './0004-operations.js';
import { audit } from './0005-audit.js';

/** Oldest first. */
export const migrations: readonly MigrationClass[] = [messagingTables, ledger, batch, prices, operations, audit];
