import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { AppError } from '@videoapi/contracts';
import { Batcher } from '@videoapi/database';
import { LRUCache } from 'lru-cache';
import { DataSource } from 'typeorm';
import { type Caller } from '../api-key/caller.js';
import { Settings } from '../settings.js';
import { rateOf, take } from './gcra.js';
import { leaseRates, type Lease, type LeaseRequest } from './rate-lease.store.js';

/** Leased requests that were not used within a minute are given up: the key has its whole burst back by then. */
const leaseLivesMs = 60_000;
/** Smaller blocks are not fetched ahead: a client that never comes back would have lost a good part of its limit. */
const smallestAhead = 20;

/** What the `ratelimit-*` headers say. */
export interface RateState {
  readonly limit: number;
  readonly remaining: number;
  readonly resetSeconds: number;
}

interface Bucket {
  tokens: number;
  freshUntil: number;
  deniedUntil: number;
  /** How many the database could still give after the last lease, and when all of it is free again. */
  behind: number;
  resetAt: number;
  pending: Promise<void> | undefined;
  /** Requests that wait for the next lease: each of them is asked for. */
  waiting: number;
}

/**
 * Requests per minute and key, over all gateways: each leases up to a second's share from the key's row and spends it in
 * memory, so a busy key costs one small statement a second. Per address there is only a local limit, before any key is
 * known.
 */
@Injectable()
export class Limiter implements OnModuleDestroy {
  private readonly buckets = new LRUCache<string, Bucket>({ max: 50_000 });
  private readonly addresses = new LRUCache<string, { tat: number }>({ max: 50_000 });
  /** What stands in for the database while it is away. */
  private readonly local = new LRUCache<string, { tat: number }>({ max: 50_000 });
  private readonly leases: Batcher<LeaseRequest, Lease>;

  constructor(
    source: DataSource,
    private readonly settings: Settings,
  ) {
    this.leases = new Batcher({
      name: 'rate leases',
      maxItems: 200,
      workers: 1,
      maxQueued: 5_000,
      deadlineMs: 2_000,
      flush: (requests) => leaseRates(source, requests),
    });
  }

  async onModuleDestroy(): Promise<void> {
    await this.leases.close();
  }

  /** Throws `rate_limited` when one address sends more than any one should. */
  takeAddress(address: string): void {
    takeLocal(this.addresses, address, this.settings.value.ipRateLimitPerMinute);
  }

  /**
   * Spends one request of the key. Throws `rate_limited`, or `unavailable` when the database cannot be asked: reads then
   * go on under a limit of this process alone, anything that writes does not.
   */
  take(caller: Caller, isRead: boolean): RateState | Promise<RateState> {
    const bucket = this.bucketOf(caller.keyId);
    const now = Date.now();
    if (bucket.tokens > 0 && bucket.freshUntil > now) return this.spend(caller, bucket, now);
    return this.leaseAndSpend(caller, bucket, isRead);
  }

  private async leaseAndSpend(caller: Caller, bucket: Bucket, isRead: boolean): Promise<RateState> {
    // Another request may spend what this one waited for; then it waits once more, but not for ever.
    for (let round = 0; round < 5; round += 1) {
      const now = Date.now();
      if (bucket.tokens > 0 && bucket.freshUntil > now) return this.spend(caller, bucket, now);
      if (bucket.deniedUntil > now) throw limited(caller, bucket.deniedUntil - now);
      bucket.waiting += 1;
      try {
        await this.renew(caller, bucket);
      } catch (error) {
        if (!isRead || AppError.from(error).code !== 'unavailable') throw error;
        return takeLocal(this.local, caller.keyId, caller.requestsPerMinute);
      } finally {
        bucket.waiting -= 1;
      }
    }
    throw limited(caller, 1_000);
  }

  private spend(caller: Caller, bucket: Bucket, now: number): RateState {
    bucket.tokens -= 1;
    // The next block is fetched while this one still lasts, so that nobody waits for it.
    const block = blockOf(caller);
    if (block >= smallestAhead && bucket.tokens < block / 4 && bucket.deniedUntil <= now && bucket.behind > 0) {
      this.renew(caller, bucket).catch(() => undefined);
    }
    return {
      limit: caller.requestsPerMinute,
      remaining: bucket.tokens + bucket.behind,
      resetSeconds: Math.max(0, Math.ceil((bucket.resetAt - now) / 1000)),
    };
  }

  private renew(caller: Caller, bucket: Bucket): Promise<void> {
    bucket.pending ??= this.lease(caller, bucket).finally(() => {
      bucket.pending = undefined;
    });
    return bucket.pending;
  }

  private async lease(caller: Caller, bucket: Bucket): Promise<void> {
    const { intervalMs, burst } = rateOf(caller.requestsPerMinute);
    const count = Math.max(blockOf(caller), bucket.waiting);
    const { granted, debtMs } = await this.leases.submit({ keyId: caller.keyId, count, intervalMs, burst });
    const now = Date.now();
    bucket.tokens = granted + (bucket.freshUntil > now ? bucket.tokens : 0);
    bucket.freshUntil = now + leaseLivesMs;
    bucket.behind = Math.max(0, Math.floor(burst - debtMs / intervalMs));
    bucket.resetAt = now + debtMs;
    // Less than asked for is all there was: asking again before one more is free would only cost a statement.
    if (granted < count) bucket.deniedUntil = now + Math.max(1, Math.ceil(debtMs - (burst - 1) * intervalMs));
  }

  private bucketOf(keyId: string): Bucket {
    const known = this.buckets.get(keyId);
    if (known !== undefined) return known;
    const bucket = { tokens: 0, freshUntil: 0, deniedUntil: 0, behind: 0, resetAt: 0, pending: undefined, waiting: 0 };
    this.buckets.set(keyId, bucket);
    return bucket;
  }
}

/** A second's share: one statement per second however busy the key is, and at low limits one request at a time. */
function blockOf(caller: Caller): number {
  return Math.max(1, Math.ceil(caller.requestsPerMinute / 60));
}

function takeLocal(cache: LRUCache<string, { tat: number }>, key: string, requestsPerMinute: number): RateState {
  const cell = cache.get(key) ?? { tat: 0 };
  const taken = take(cell.tat, Date.now(), rateOf(requestsPerMinute));
  if (!taken.isAllowed) {
    throw new AppError('rate_limited', 'Too many requests.', { retryAfterMs: taken.retryAfterMs });
  }
  cell.tat = taken.tat;
  cache.set(key, cell);
  return { limit: requestsPerMinute, remaining: taken.remaining, resetSeconds: Math.ceil(taken.resetMs / 1000) };
}

function limited(caller: Caller, retryAfterMs: number): AppError {
  return new AppError('rate_limited', `This key may send ${caller.requestsPerMinute} requests a minute.`, {
    retryAfterMs,
    details: { limit: caller.requestsPerMinute },
  });
}
