import { messagingTables, type MigrationClass } from '@videoapi/database';
import { Media } from './0001-media.js';

/** Oldest first. */
export const migrations: readonly MigrationClass[] = [messagingTables, Media];
