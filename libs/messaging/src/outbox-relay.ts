import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { sql } from '@videoapi/database';
import { randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';
import { sweepAdvisories } from './advisories.js';
import { DeadLetters } from './dead-letters.js';
import { Nats } from './nats.js';
import { OutboxLease } from './outbox-lease.js';
import { publishInOrder, type OutboxRow } from './outbox-batch.js';
import { Parking } from './parking.js';
import { Wakeup } from './wakeup.js';

/** The name of the app, for the subject by which its replicas wake each other. */
export const relayName = Symbol('relayName');

const batchSize = 500;
const renewEveryMs = 1_500;
const sweepEveryMs = 300_000;
const pauseMs = { shortest: 25, longest: 250, stalled: 1_000 } as const;
/** Under load a short pause between batches makes them larger, which costs less than it delays. */
const gatherMs = 8;
const gatherFrom = 3;
const nudgePeersEveryMs = 5;
/** With more keys refused than this the fault is general: better wait than list them all in every query. */
const mostParked = 1_000;
const log = new Logger('outbox');

/**
 * Carries outbox rows into JetStream: oldest first, one key in order, deleted after the PubAck. Any number of replicas
 * share the shards of one database. It never looks for `id > cursor`: ids are taken before commit, so a later row may
 * appear below one that was seen; "the oldest that still exist" cannot miss it.
 */
@Injectable()
export class OutboxRelay implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly lease: OutboxLease;
  private readonly wakeup = new Wakeup();
  private readonly parking = new Parking();
  private readonly stopping = new AbortController();
  private readonly nudgeSubject: string;
  private running: Promise<void> | undefined;
  private shards: readonly number[] = [];
  private shared = false;
  private renewAt = 0;
  private nudgeAt = 0;
  private sweepAt = Date.now() + sweepEveryMs * Math.random();
  private oldest = 0;

  constructor(
    private readonly nats: Nats,
    private readonly source: DataSource,
    private readonly deadLetters: DeadLetters,
    @Inject(relayName) app: string,
  ) {
    this.lease = new OutboxLease(source, randomUUID());
    this.nudgeSubject = `nudge.outbox.${app}`;
  }

  /** Age in milliseconds of the oldest row that this relay saw waiting last; 0 when nothing waited. */
  get oldestAgeMs(): number {
    return this.oldest;
  }

  /** Call it after a commit that wrote outbox rows: they leave at once instead of within 250 ms. Costs nothing. */
  nudge(): void {
    this.wakeup.wake();
    // The rows may belong to a shard that another replica relays.
    if (!this.shared || !this.nats.connected || Date.now() < this.nudgeAt) return;
    this.nudgeAt = Date.now() + nudgePeersEveryMs;
    this.nats.connection.publish(this.nudgeSubject);
  }

  onApplicationBootstrap(): void {
    const nudges = this.nats.connection.subscribe(this.nudgeSubject, { callback: () => this.wakeup.wake() });
    this.running = this.run().finally(() => nudges.unsubscribe());
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    this.wakeup.wake();
    await this.running;
    await this.lease.release().catch((error: unknown) => log.warn({ event: 'outbox_release_failed', err: error }));
  }

  private async run(): Promise<void> {
    let idleMs: number = pauseMs.shortest;
    while (!this.stopping.signal.aborted) {
      const moved = await this.round();
      if (moved === 'stalled') await this.wakeup.rest(pauseMs.stalled, 'deaf');
      else if (moved >= batchSize) continue;
      else if (moved >= gatherFrom) await this.wakeup.rest(gatherMs, 'deaf');
      else await this.wakeup.rest(moved > 0 ? pauseMs.shortest : idleMs);
      idleMs = moved === 0 ? Math.min(idleMs * 2, pauseMs.longest) : pauseMs.shortest;
    }
  }

  /** @returns how many rows were published; `stalled` when another try at once would fare no better. */
  private async round(): Promise<number | 'stalled'> {
    try {
      // Cut off from NATS it lets its shards go: another replica may still have a connection.
      if (this.nats.connected && Date.now() >= this.renewAt) await this.renew();
      const parked = this.parking.parked(Date.now());
      const rows = await sql<OutboxRow>(this.source, selectOldest, [this.shards, parked, batchSize]);
      this.oldest = Math.max(rows[0]?.age_ms ?? 0, this.parking.oldestAgeMs(Date.now()));
      if (!this.nats.connected || parked.length > mostParked) return 'stalled';
      if (Date.now() >= this.sweepAt) await this.sweep();
      const { published, unreachable } = await publishInOrder(this.nats, rows, this.parking);
      if (published.length > 0) await sql(this.source, deletePublished, [published]);
      return unreachable ? 'stalled' : published.length;
    } catch (error) {
      log.error({ event: 'outbox_round_failed', err: error });
      return 'stalled';
    }
  }

  private async renew(): Promise<void> {
    const { shards, shared } = await this.lease.renew();
    this.shards = shards;
    this.shared = shared;
    this.renewAt = Date.now() + renewEveryMs * (0.8 + 0.4 * Math.random());
  }

  private async sweep(): Promise<void> {
    this.sweepAt = Date.now() + sweepEveryMs;
    await sweepAdvisories(this.nats, this.deadLetters);
  }
}

const selectOldest = `SELECT id, key, message_id, subject, headers, payload::text AS body,
       (extract(epoch FROM clock_timestamp() - created_at) * 1000)::float8 AS age_ms
  FROM outbox
 WHERE shard = ANY ($1::smallint[]) AND key <> ALL ($2::text[])
 ORDER BY id
 LIMIT $3`;
const deletePublished = `DELETE FROM outbox WHERE id = ANY ($1::bigint[])`;
