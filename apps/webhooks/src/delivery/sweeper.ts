import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Log } from '@videoapi/chassis';
import { inTransaction, sql } from '@videoapi/database';
import { DataSource, type EntityManager } from 'typeorm';
import { Bell } from './bell.js';
import { lockRing } from './ring.js';

const leasesEveryMs = 5_000;
const ringEveryMs = 60_000;
/** Of one statement: a sweep that is behind catches up over several rounds. */
const batch = 5_000;
/** No ladder is longer: what an open breaker held back until now is of no use to anybody. */
const oldestPendingHours = 96;

/** Puts right what a lost process leaves behind. Every replica runs one. */
@Injectable()
export class Sweeper implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly running = new Set<Promise<void>>();

  constructor(
    private readonly source: DataSource,
    private readonly bell: Bell,
    private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    this.every(leasesEveryMs, 'lease_sweep_failed', () => this.recoverLeases());
    this.every(ringEveryMs, 'ring_sweep_failed', () => this.repairRing());
  }

  async onModuleDestroy(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    await Promise.all(this.running);
  }

  /** Deliveries whose process died come back at once, and their endpoint's count is taken anew from its rows. */
  async recoverLeases(): Promise<void> {
    const lost = await inTransaction(this.source, async (tx) => {
      const expired = await sql<{ id: string }>(
        tx,
        `SELECT DISTINCT endpoint_id AS id FROM delivery WHERE state = 'leased' AND lease_until < now() LIMIT 1000`,
      );
      if (expired.length === 0) return 0;
      const ids = expired.map(({ id }) => id);
      await lockRing(tx, ids);
      const rows = await sql(
        tx,
        `UPDATE delivery SET state = 'pending', next_attempt_at = now(), lease_token = NULL, lease_until = NULL
         WHERE endpoint_id = ANY($1) AND state = 'leased' AND lease_until < now() RETURNING 1`,
        [ids],
      );
      await recount(tx, ids);
      return rows.length;
    });
    if (lost === 0) return;
    this.log.warn({ event: 'leases_recovered', deliveries: lost });
    this.bell.ring();
  }

  /** Backstop: a count that is off, or a place in the ring that is due too late, is put right within a minute. */
  async repairRing(): Promise<void> {
    await inTransaction(this.source, async (tx) => {
      const wrong = await sql<{ id: string }>(
        tx,
        `SELECT q.endpoint_id AS id FROM endpoint_queue q
         LEFT JOIN (SELECT endpoint_id, count(*) AS leased FROM delivery WHERE state = 'leased' GROUP BY 1) l
           USING (endpoint_id)
         LEFT JOIN (SELECT endpoint_id, min(next_attempt_at) AS due FROM delivery WHERE state = 'pending' GROUP BY 1) p
           USING (endpoint_id)
         WHERE q.in_flight <> coalesce(l.leased, 0) OR p.due < coalesce(q.next_due_at, 'infinity') LIMIT 1000`,
      );
      if (wrong.length === 0) return;
      const ids = wrong.map(({ id }) => id);
      await lockRing(tx, ids);
      await recount(tx, ids);
    });
    await this.discardStale();
  }

  private async discardStale(): Promise<void> {
    await sql(
      this.source,
      `UPDATE delivery SET state = 'exhausted', next_attempt_at = NULL, last_error = coalesce(last_error, 'too_old')
       WHERE id IN (SELECT id FROM delivery WHERE state = 'pending'
         AND created_at < now() - make_interval(hours => $1) LIMIT ${batch}) AND state = 'pending'`,
      [oldestPendingHours],
    );
  }

  private every(ms: number, failure: string, work: () => Promise<void>): void {
    const timer = setInterval(() => {
      const done = work()
        .catch((error: unknown) => this.log.warn({ event: failure, err: error }))
        .finally(() => this.running.delete(done));
      this.running.add(done);
    }, ms);
    this.timers.push(timer);
  }
}

async function recount(tx: EntityManager, endpointIds: readonly string[]): Promise<void> {
  await sql(
    tx,
    `UPDATE endpoint_queue q SET
       in_flight = (SELECT count(*) FROM delivery d WHERE d.endpoint_id = q.endpoint_id AND d.state = 'leased'),
       next_due_at = (SELECT min(d.next_attempt_at) FROM delivery d
         WHERE d.endpoint_id = q.endpoint_id AND d.state = 'pending')
     WHERE q.endpoint_id = ANY($1)`,
    [endpointIds],
  );
}
