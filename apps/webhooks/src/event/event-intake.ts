import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Batcher, inTransaction } from '@videoapi/database';
import { DataSource, type EntityManager } from 'typeorm';
import { Bell } from '../delivery/bell.js';
import { Keys } from '../signing/keys.js';
import { type Happening, wants } from './event.js';
import {
  ensureOrigins,
  insertDeliveries,
  insertEvents,
  type Listener,
  listenersOf,
  overtakeProgress,
  ring,
  type Telling,
} from './event.store.js';

const mostOrigins = 20_000;

/** Turns what happened into events and deliveries, many in one commit; what nobody listens to is not written at all. */
@Injectable()
export class EventIntake implements OnApplicationShutdown {
  private readonly happenings: Batcher<Happening, undefined>;
  /** Implicit endpoints are never deleted, so an id that was found once stays right. */
  private readonly origins = new Map<string, string>();

  constructor(
    private readonly source: DataSource,
    private readonly keys: Keys,
    private readonly bell: Bell,
  ) {
    this.happenings = new Batcher({
      name: 'events',
      maxItems: 256,
      workers: 2,
      maxQueued: 8_192,
      deadlineMs: 15_000,
      flush: async (happenings) => {
        await this.tell(happenings);
        return happenings.map(() => undefined);
      },
    });
  }

  /** Resolves after the commit. The same producer key a second time changes nothing. */
  async submit(happening: Happening): Promise<void> {
    await this.happenings.submit(happening);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.happenings.close();
  }

  private async tell(happenings: readonly Happening[]): Promise<void> {
    const accounts = [...new Set(happenings.map(({ accountId }) => accountId))];
    const listeners = Map.groupBy(await listenersOf(this.source, accounts), ({ accountId }) => accountId);
    const heard = happenings.filter((one) => one.callback !== null || hearers(one, listeners).length > 0);
    if (heard.length === 0) return;
    const origins = await inTransaction(this.source, async (tx) => {
      const found = await this.originsOf(tx, heard);
      const tellings = heard.flatMap((happening) => [
        ...hearers(happening, listeners).map(({ id }) => ({ happening, endpointId: id, url: null })),
        ...callbackOf(happening, found),
      ]);
      await write(tx, tellings);
      return found;
    });
    // Not before the commit: an origin that was rolled back is nobody's.
    this.remember(origins);
    this.bell.ring();
  }

  /** Of each callback URL's origin the implicit endpoint, with a key to sign for it. */
  private async originsOf(tx: EntityManager, heard: readonly Happening[]): Promise<ReadonlyMap<string, string>> {
    const wanted = new Map<string, { accountId: string; origin: string }>();
    for (const { accountId, callback } of heard) {
      if (callback !== null)
        wanted.set(originKey(accountId, callback.url), { accountId, origin: new URL(callback.url).origin });
    }
    const found = new Map([...wanted.keys()].flatMap((key) => pair(key, this.origins.get(key))));
    const unknown = [...wanted].filter(([key]) => !found.has(key)).map(([, origin]) => origin);
    if (unknown.length === 0) return found;
    for (const { id, accountId, url } of await ensureOrigins(tx, unknown)) found.set(originKey(accountId, url), id);
    const owners = [...new Set(unknown.map(({ accountId }) => accountId))];
    await this.keys.ensure(
      tx,
      owners.map((accountId) => ({ ownerId: accountId, accountId })),
    );
    return found;
  }

  private remember(origins: ReadonlyMap<string, string>): void {
    if (this.origins.size > mostOrigins) this.origins.clear();
    for (const [key, id] of origins) this.origins.set(key, id);
  }
}

async function write(tx: EntityManager, tellings: readonly Telling[]): Promise<void> {
  await ring(
    tx,
    tellings.map(({ endpointId }) => endpointId),
  );
  const told = [...new Set(tellings.map(({ happening }) => happening))];
  const fresh = await insertEvents(tx, told);
  const inserted = tellings.filter(({ happening }) => fresh.has(happening.id));
  await overtakeProgress(tx, [...new Set(inserted.flatMap(({ happening }) => happening.taskId ?? []))]);
  await insertDeliveries(tx, inserted);
}

function hearers({ accountId, type }: Happening, listeners: ReadonlyMap<string, readonly Listener[]>): Listener[] {
  return (listeners.get(accountId) ?? []).filter(({ eventTypes }) => wants(eventTypes, type));
}

function callbackOf(happening: Happening, origins: ReadonlyMap<string, string>): Telling[] {
  const { accountId, callback } = happening;
  const endpointId = callback === null ? undefined : origins.get(originKey(accountId, callback.url));
  return callback === null || endpointId === undefined ? [] : [{ happening, endpointId, url: callback.url }];
}

function originKey(accountId: string, url: string): string {
  return `${accountId} ${new URL(url).origin}`;
}

function pair(key: string, value: string | undefined): [string, string][] {
  return value === undefined ? [] : [[key, value]];
}
