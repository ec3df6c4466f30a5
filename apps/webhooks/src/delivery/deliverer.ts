import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { AppError } from '@videoapi/contracts';
import { Batcher } from '@videoapi/database';
import { SafeFetch } from '@videoapi/safe-fetch';
import { DataSource } from 'typeorm';
import { Settings } from '../settings.js';
import { Keys } from '../signing/keys.js';
import { type Leased } from './claim.js';
import { finish } from './finish.js';
import { type Finished } from './finish.store.js';
import { Reports } from './reports.js';
import { nextAttempt } from './schedule.js';
import { type Attempted, send } from './sender.js';

/** Their news is stale before a second attempt. */
const onceTypes = new Set(['video.in_progress', 'webhook.test']);

/** Together 15 s, which a lease outlives. */
const firstPauseMs = 500;
const longestPauseMs = 8_000;

/** One lease from the claim to what is written down of it. */
@Injectable()
export class Deliverer {
  private readonly finished: Batcher<Finished, undefined>;

  constructor(
    source: DataSource,
    private readonly safeFetch: SafeFetch,
    private readonly keys: Keys,
    private readonly settings: Settings,
    private readonly reports: Reports,
  ) {
    this.finished = new Batcher({
      name: 'finished deliveries',
      maxItems: 256,
      workers: 1,
      maxQueued: 10_000,
      deadlineMs: 10_000,
      flush: async (batch) => {
        const disabled = await finish(source, batch, new Date());
        // Not awaited: telling the other endpoints writes on its own, and this batch is done.
        for (const one of disabled) void this.reports.disabled(one);
        return batch.map(() => undefined);
      },
    });
  }

  /** One promise per delivery; none of them rejects. What cannot be written down is leased again when its lease is over. */
  deliver(leased: readonly Leased[], token: string, signal: AbortSignal): Promise<void>[] {
    if (leased.length === 0) return [];
    const keys = this.keys.of([...new Set(leased.map(({ ownerId }) => ownerId))]);
    return leased.map(async (delivery) => {
      try {
        const attempted = await this.attempt(delivery, (await keys).get(delivery.ownerId) ?? [], signal);
        await this.conclude(delivery, token, attempted);
      } catch (error) {
        this.reports.failed('delivery_not_recorded', error);
      }
    });
  }

  /** The attempt alone, for callers who lease by themselves. */
  attempt(delivery: Leased, keys: readonly Buffer[], signal: AbortSignal): Promise<Attempted> {
    // Never unsigned: a receiver that accepts that once will accept it from anybody.
    if (keys.length === 0) return Promise.resolve(unsigned());
    return send(this.safeFetch, delivery, keys, signal);
  }

  async conclude(delivery: Leased, token: string, attempted: Attempted): Promise<void> {
    const tried = { outcome: attempted.outcome, attempt: delivery.attempt + 1, isOnce: onceTypes.has(delivery.type) };
    const verdict = nextAttempt(tried, this.settings.ladderMs, Math.random());
    await this.record({ delivery, token, attempted, verdict });
    this.reports.attempted(delivery, attempted, verdict);
  }

  /** The receiver has its webhook; a database that is away for some seconds should not make it get another. */
  private async record(finished: Finished): Promise<void> {
    for (let pauseMs = firstPauseMs; ; pauseMs *= 2) {
      try {
        await this.finished.submit(finished);
        return;
      } catch (error) {
        if (pauseMs > longestPauseMs || !AppError.from(error).retryable) throw error;
        await sleep(pauseMs);
      }
    }
  }

  async close(): Promise<void> {
    await this.finished.close();
    await this.safeFetch.close();
  }
}

function unsigned(): Attempted {
  return {
    outcome: { kind: 'ours', code: 'no_signing_key' },
    startedAt: new Date(),
    durationMs: 0,
    wire: undefined,
    responseHead: undefined,
  };
}
