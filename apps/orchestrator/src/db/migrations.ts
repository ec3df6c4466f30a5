import { messagingTables, type MigrationClass } from '@videoapi/database';
import { Tasks } from './migrations/0001-tasks.js';
import { CatalogTables } from './migrations/0002-catalog.js';
import { DispatchTables } from './migrations/0003-dispatch.js';
import { Reservations } from './migrations/0004-reservations.js';
import { ForgetHistories } from './migrations/0005-forget-histories.js';
import { ChannelCredentials } from './migrations/0006-channel-credentials.js';
import { NamedRenders } from './migrations/0007-named-renders.js';
import { Queues } from './migrations/0008-queues.js';
import { GentleVacuum } from './migrations/0009-gentle-vacuum.js';
import { ChannelAlarms } from './migrations/0010-channel-alarm.js';
import { OpenByKey } from './migrations/0011-open-by-key.js';
import { Renders } from './migrations/0012-renders.js';

/** In this order, for ever. */
export const migrations: MigrationClass[] = [
  messagingTables,
  Tasks,
  CatalogTables,
  DispatchTables,
  Reservations,
  ForgetHistories,
  ChannelCredentials,
  NamedRenders,
  Queues,
  GentleVacuum,
  ChannelAlarms,
  OpenByKey,
  Renders,
];
