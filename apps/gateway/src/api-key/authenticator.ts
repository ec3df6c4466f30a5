import { hash, timingSafeEqual } from 'node:crypto';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { accountChanged, apiKeyChanged, apiKeyRevoked, AppError } from '@videoapi/contracts';
import { LiveEvents } from '@videoapi/messaging';
import { DataSource } from 'typeorm';
import { FreshCache } from '../cache/fresh-cache.js';
import { Settings } from '../settings.js';
import { findKey, type KeyRow } from './api-key.store.js';
import { type Caller } from './caller.js';
import { hashKey } from './key-hash.js';
import { parseKey } from './key-format.js';
import { isGenuine, type Session, sessionMs, writeSession } from './session.js';
import { callerOf } from './verdict.js';

const knownForMs = 30_000;
const unknownForMs = 5_000;

/** Boxed, because a cache cannot keep `undefined`. */
interface Looked {
  readonly row: KeyRow | undefined;
  /** A plain digest of the key that was verified last: a tenth of the cost of the keyed one, for every further call. */
  verified?: Buffer;
}

/**
 * Turns a key, or a session that stands for one, into its caller. Rows are remembered for 30 s (unknown ids for 5 s) and
 * dropped at once when the key or its account changes anywhere, so a revoked key dies within moments, or within 30 s while
 * NATS is down.
 */
@Injectable()
export class Authenticator implements OnModuleDestroy {
  private readonly looked: FreshCache<Looked>;
  private readonly unsubscribe: (() => void)[];

  constructor(
    source: DataSource,
    private readonly settings: Settings,
    live: LiveEvents,
  ) {
    this.looked = new FreshCache({
      max: 50_000,
      load: async (id) => ({ row: await findKey(source, id) }),
      ttlMs: ({ row }) => (row === undefined ? unknownForMs : knownForMs),
    });
    this.unsubscribe = [
      live.subscribe(apiKeyRevoked.subject, (_subject, read) => {
        const revoked = apiKeyRevoked.data.safeParse(read().data);
        if (revoked.success) this.forget(revoked.data.keyId);
      }),
      live.subscribe(apiKeyChanged.subject, (_subject, read) => {
        const changed = apiKeyChanged.data.safeParse(read().data);
        if (changed.success) this.forget(changed.data.keyId);
      }),
      live.subscribe(accountChanged.subject, (_subject, read) => {
        const changed = accountChanged.data.safeParse(read().data);
        if (changed.success) this.forgetAccount(changed.data.accountId);
      }),
    ];
  }

  onModuleDestroy(): void {
    for (const stop of this.unsubscribe) stop();
  }

  /** The key of this text, whatever has become of it. Throws `invalid_api_key`, or `unavailable` when nobody can look now. */
  async keyOf(text: string): Promise<KeyRow> {
    const key = parseKey(text);
    if (key === undefined) throw invalidKey();
    const looked = await this.looked.get(key.id);
    if (looked.row === undefined || !this.verifies(text, looked, looked.row.hash)) throw invalidKey();
    return looked.row;
  }

  /** The key that a session stands for. Throws as `keyOf` does, and `api_key_expired` when the session is over. */
  async keyOfSession(session: Session): Promise<KeyRow> {
    const { row } = await this.looked.get(session.keyId);
    if (row === undefined || !isGenuine(this.settings.value.apiKeyPepper, row, session)) throw invalidKey();
    if (session.expiresAt <= new Date()) {
      throw new AppError('api_key_expired', 'This token has expired. Ask for another one.');
    }
    return row;
  }

  /** A token that stands for the key until tomorrow, or until the key ends. */
  openSession(key: KeyRow): string {
    return writeSession(this.settings.value.apiKeyPepper, key, new Date(Date.now() + sessionMs));
  }

  /** Who calls with this key. Throws `api_key_revoked`, `api_key_expired`, `account_disabled`. */
  callerOf(key: KeyRow): Caller {
    const { rateLimitPerMinute, maxQueuedTasks } = this.settings.value;
    return callerOf(key, { requestsPerMinute: rateLimitPerMinute, maxQueued: maxQueuedTasks }, new Date());
  }

  /** For the process that made the change: its own next request must not wait for the event to come round. */
  forget(keyId: string): void {
    this.looked.forget(keyId);
  }

  forgetAccount(accountId: string): void {
    this.looked.forgetWhere(({ row }) => row?.account_id === accountId);
  }

  private verifies(text: string, looked: Looked, stored: Buffer): boolean {
    const digest = hash('sha256', text, 'buffer');
    if (looked.verified !== undefined && timingSafeEqual(looked.verified, digest)) return true;
    if (!timingSafeEqual(hashKey(this.settings.value.apiKeyPepper, text), stored)) return false;
    looked.verified = digest;
    return true;
  }
}

function invalidKey(): AppError {
  return new AppError('invalid_api_key', 'This API key is not valid.');
}
