import { type FactoryProvider } from '@nestjs/common';
import { pruneInbox, Retention } from '@videoapi/database';
import { DataSource } from 'typeorm';
import { longestRedeliveryDays } from './streams.js';

/** Forgets the ids of an inbox once no stream can bring them back. */
export const inboxRetention: FactoryProvider<Retention> = {
  provide: Symbol('inboxRetention'),
  inject: [DataSource],
  useFactory: (source: DataSource) =>
    new Retention({
      name: 'inbox',
      sweeps: [(limit) => pruneInbox(source, { keepDays: longestRedeliveryDays, limit })],
    }),
};
