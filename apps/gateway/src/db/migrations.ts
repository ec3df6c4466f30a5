import { messagingTables, type MigrationClass } from '@videoapi/database';
import { gatewayTables } from './gateway-tables.js';

/** Oldest first. */
export const migrations: MigrationClass[] = [messagingTables, gatewayTables];
