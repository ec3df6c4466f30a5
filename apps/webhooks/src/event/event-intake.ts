import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Batcher, inTransaction } from '@videoapi/database';
import { DataSource } from 'typeorm';
import { Bell } from '../delivery/bell.js';
import { lockRing } from '../delivery/ring.js';
import { type Happening, latestProgress, wants } from './event.js';
import { insertEvents, type Listener, listenersOf, overtakeProgress, type Telling } from './event.store.js';
import { Origins } from './origins.js';

/** Turns what happened into events and deliveries, many in one commit; what nobody listens to is not written at all. */
@Injectable()
export class EventIntake implements OnApplicationShutdown {
  private readonly happenings: Batcher<Happening, undefined>;

  constructor(
    private readonly source: DataSource,
    private readonly origins: Origins,
    private readonly bell: Bell,
  ) {
    this.happenings = new Batcher({
      name: 'events',
      maxItems: 256,
      workers: 2,
      maxQueued: 8_192,
      deadlineMs: 15_000,
      // One account's facts stay in order, and its endpoints' places are not fought over.
      partition: ({ accountId }) => spread(accountId),
      flush: async (happenings) => {
        await this.tell(latestProgress(happenings));
        return happenings.map(() => undefined);
      },
    });
  }

  /** Resolves after the commit. The same producer key a second time changes nothing. */
  async submit(...happenings: readonly Happening[]): Promise<void> {
    await Promise.all(happenings.map((happening) => this.happenings.submit(happening)));
  }

  async onApplicationShutdown(): Promise<void> {
    await this.happenings.close();
  }

  private async tell(happenings: readonly Happening[]): Promise<void> {
    const accounts = [...new Set(happenings.map(({ accountId }) => accountId))];
    const listeners = Map.groupBy(await listenersOf(this.source, accounts), ({ accountId }) => accountId);
    const endpointOf = await this.origins.of(happenings.flatMap((happening) => callbackOf(happening) ?? []));
    const tellings = happenings.flatMap((happening): Telling[] => {
      const own = happening.isForCallbackOnly ? [] : hearers(happening, listeners.get(happening.accountId));
      const callback = callbackOf(happening);
      if (callback === undefined) return own;
      const endpointId = endpointOf(callback);
      return endpointId === undefined ? own : [...own, { happening, endpointId, url: callback.url }];
    });
    if (tellings.length === 0) return;
    const fresh = await insertEvents(this.source, tellings);
    await this.overtake(
      tellings.filter(({ happening }) => fresh.has(happening.id)),
      listeners,
    );
    this.bell.ring();
  }

  /** Only for who hears of progress at all. Should it not happen, somebody is told a little more than needed. */
  private async overtake(
    tellings: readonly Telling[],
    listeners: ReadonlyMap<string, readonly Listener[]>,
  ): Promise<void> {
    const hearing = new Set([...listeners.values()].flat().flatMap((each) => (hearsProgress(each) ? [each.id] : [])));
    const overtaking = tellings.filter(
      ({ happening, endpointId }) => happening.taskId !== null && hearing.has(endpointId),
    );
    if (overtaking.length === 0) return;
    await inTransaction(this.source, async (tx) => {
      await lockRing(
        tx,
        overtaking.map(({ endpointId }) => endpointId),
      );
      await overtakeProgress(tx, overtaking);
    });
  }
}

function hearers(happening: Happening, listeners: readonly Listener[] = []): Telling[] {
  return listeners
    .filter(({ eventTypes }) => wants(eventTypes, happening.type))
    .map(({ id }) => ({ happening, endpointId: id, url: null }));
}

function callbackOf({ accountId, callback }: Happening): { accountId: string; url: string } | undefined {
  return callback === null ? undefined : { accountId, url: callback.url };
}

function hearsProgress({ eventTypes }: Listener): boolean {
  return wants(eventTypes, 'video.in_progress');
}

function spread(text: string): number {
  let sum = 0;
  for (let index = 0; index < text.length; index += 1) sum = (sum * 31 + text.charCodeAt(index)) | 0;
  return sum;
}
