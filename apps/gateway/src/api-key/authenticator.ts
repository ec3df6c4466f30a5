import { timingSafeEqual } from 'node:crypto';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { accountChanged, apiKeyRevoked, AppError } from '@videoapi/contracts';
import { LiveEvents } from '@videoapi/messaging';
import { LRUCache } from 'lru-cache';
import { DataSource } from 'typeorm';
import { Settings } from '../settings.js';
import { findKey, type KeyRow } from './api-key.store.js';
import { type Caller } from './caller.js';
import { hashKey } from './key-hash.js';
import { parseKey } from './key-format.js';
import { callerOf } from './verdict.js';

const knownForMs = 30_000;
const unknownForMs = 5_000;

/** Boxed, because a cache cannot keep `undefined`. */
interface Looked {
  readonly row: KeyRow | undefined;
}

/**
 * Turns a bearer key into its caller. Rows are remembered for 30 s (unknown ids for 5 s) and dropped at once when the key
 * or its account changes anywhere, so a revoked key dies within moments, or within 30 s while NATS is down.
 */
@Injectable()
export class Authenticator implements OnModuleDestroy {
  private readonly looked: LRUCache<string, Looked>;
  private readonly unsubscribe: (() => void)[];

  constructor(
    private readonly source: DataSource,
    private readonly settings: Settings,
    live: LiveEvents,
  ) {
    this.looked = new LRUCache<string, Looked>({
      max: 50_000,
      ttl: knownForMs,
      ttlResolution: 100,
      fetchMethod: (id, _stale, { options }) => this.look(id, options),
    });
    this.unsubscribe = [
      live.subscribe(apiKeyRevoked.subject, (_subject, { data }) => {
        const revoked = apiKeyRevoked.data.safeParse(data);
        if (revoked.success) this.looked.delete(revoked.data.keyId);
      }),
      live.subscribe(accountChanged.subject, (_subject, { data }) => {
        const changed = accountChanged.data.safeParse(data);
        if (changed.success) this.forgetAccount(changed.data.accountId);
      }),
    ];
  }

  onModuleDestroy(): void {
    for (const stop of this.unsubscribe) stop();
  }

  /**
   * The caller behind an `Authorization` header. Throws `missing_api_key`, `invalid_api_key`, `api_key_revoked`,
   * `api_key_expired`, `account_disabled`, or `unavailable` when the key cannot be looked up now.
   */
  async authenticate(authorization: string | undefined): Promise<Caller> {
    const text = bearer(authorization);
    const key = parseKey(text);
    if (key === undefined) throw invalidKey();
    const looked = this.looked.get(key.id) ?? (await this.looked.fetch(key.id));
    if (looked?.row === undefined || !timingSafeEqual(hashKey(this.settings.value.apiKeyPepper, text), looked.row.hash))
      throw invalidKey();
    const { rateLimitPerMinute, maxQueuedTasks } = this.settings.value;
    return callerOf(looked.row, { requestsPerMinute: rateLimitPerMinute, maxQueued: maxQueuedTasks }, new Date());
  }

  /** For the process that made the change: its own next request must not wait for the event to come round. */
  forget(keyId: string): void {
    this.looked.delete(keyId);
  }

  forgetAccount(accountId: string): void {
    for (const [id, { row }] of this.looked.entries()) {
      if (row?.account_id === accountId) this.looked.delete(id);
    }
  }

  private async look(id: string, options: { ttl?: number }): Promise<Looked> {
    const row = await findKey(this.source, id);
    if (row === undefined) options.ttl = unknownForMs;
    return { row };
  }
}

function bearer(authorization: string | undefined): string {
  if (authorization === undefined || authorization === '') {
    throw new AppError('missing_api_key', 'Send your API key as "Authorization: Bearer vga_…".');
  }
  const [scheme = '', text = ''] = authorization.split(' ', 2);
  if (scheme.toLowerCase() !== 'bearer') {
    throw new AppError('missing_api_key', 'Send your API key as "Authorization: Bearer vga_…".');
  }
  return text;
}

function invalidKey(): AppError {
  return new AppError('invalid_api_key', 'This API key is not valid.');
}
