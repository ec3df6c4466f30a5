import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Log } from '@videoapi/chassis';
import { pruneInbox, sql } from '@videoapi/database';
import { DataSource } from 'typeorm';

const everyMs = 300_000;
/** Rows of one statement: none of them may hold its locks for long. */
const batch = 5_000;
/** Of one sort of row in one round: keeps up with 1,000 rows a second. */
const mostBatches = 60;

/** What is forgotten, in this order: an event goes after the deliveries that show it. */
const sweeps = [
  `DELETE FROM inbound_callback WHERE ctid = ANY (ARRAY(
     SELECT ctid FROM inbound_callback WHERE received_at < now() - interval '30 days' LIMIT $1)) RETURNING 1`,
  `DELETE FROM delivery_attempt WHERE ctid = ANY (ARRAY(
     SELECT ctid FROM delivery_attempt WHERE started_at < now() - interval '30 days' LIMIT $1)) RETURNING 1`,
  // Without its body an event cannot be sent again, but still be listed. Not the whole past is looked at every time.
  `UPDATE event SET body = NULL WHERE ctid = ANY (ARRAY(
     SELECT ctid FROM event WHERE created_at < now() - interval '30 days' AND created_at > now() - interval '33 days'
       AND body IS NOT NULL LIMIT $1)) RETURNING 1`,
  `DELETE FROM delivery WHERE ctid = ANY (ARRAY(
     SELECT ctid FROM delivery WHERE created_at < now() - interval '90 days' LIMIT $1))
     AND state NOT IN ('pending', 'leased') RETURNING 1`,
  `DELETE FROM event WHERE ctid = ANY (ARRAY(
     SELECT ctid FROM event WHERE created_at < now() - interval '91 days' LIMIT $1)) RETURNING 1`,
  `DELETE FROM endpoint_secret WHERE ctid = ANY (ARRAY(
     SELECT ctid FROM endpoint_secret WHERE expires_at < now() - interval '30 days' LIMIT $1)) RETURNING 1`,
] as const;

/** Bodies, attempts and callbacks are kept 30 days, the list of what was delivered 90. Every replica runs one. */
@Injectable()
export class Retention implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private isStopped = false;

  constructor(
    private readonly source: DataSource,
    private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.running = this.forget().catch((error: unknown) => this.log.warn({ event: 'retention_failed', err: error }));
    }, everyMs);
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    this.isStopped = true;
    await this.running;
  }

  async forget(): Promise<void> {
    for (const text of sweeps) await this.repeat(async () => (await sql(this.source, text, [batch])).length);
    await this.repeat(() => pruneInbox(this.source, { keepDays: 30, limit: batch }));
  }

  private async repeat(sweep: () => Promise<number>): Promise<void> {
    for (let round = 0; round < mostBatches && !this.isStopped; round += 1) {
      if ((await sweep()) < batch) return;
    }
  }
}
