import { Injectable } from '@nestjs/common';
import { apiKeyChanged, apiKeyRevoked, AppError, type TaskMode } from '@videoapi/contracts';
import { inTransaction, insertOutbox } from '@videoapi/database';
import { eventMessage, OutboxRelay } from '@videoapi/messaging';
import { randomUUID } from 'node:crypto';
import { DataSource, type EntityManager } from 'typeorm';
import { findAccount } from '../account/account.store.js';
import { writeAudit } from '../admin/audit.js';
import { Settings } from '../settings.js';
import { endKey, insertKey, listKeys, type ListedKeyRow, readKey, setKeyLimits } from './api-key.store.js';
import { Authenticator } from './authenticator.js';
import { type Caller, type KeyLimits } from './caller.js';
import { hashKey } from './key-hash.js';
import { type KeyText, mintKey } from './key-format.js';
import { isScope, type KeyDialect, type Scope } from './scope.js';

const dayMs = 24 * 3600 * 1000;

export interface KeyRequest {
  readonly name: string;
  readonly mode: TaskMode;
  readonly dialect: KeyDialect;
  readonly scopes: readonly Scope[];
  readonly expiresInDays: number;
  readonly limits: KeyLimits;
}

/** Who asks, for the audit log. */
export interface Actor {
  readonly caller: Caller;
  readonly requestId: string;
}

export interface MadeKey {
  readonly row: ListedKeyRow;
  /** The whole key: now or never. */
  readonly text: string;
}

/** Keys are made, listed and ended here, by their own account or by an administrator. */
@Injectable()
export class ApiKeys {
  constructor(
    private readonly source: DataSource,
    private readonly settings: Settings,
    private readonly authenticator: Authenticator,
    private readonly relay: OutboxRelay,
  ) {}

  list(accountId: string): Promise<ListedKeyRow[]> {
    return listKeys(this.source, accountId);
  }

  /** Throws `not_found` for an unknown account, `insufficient_scope` when the new key could do more than its maker. */
  create(accountId: string, request: KeyRequest, actor: Actor): Promise<MadeKey> {
    refuseEscalation(request, actor.caller);
    return inTransaction(this.source, async (tx) => {
      await findAccount(tx, accountId);
      return this.insert(tx, accountId, request, actor, { action: 'api_key.create' });
    });
  }

  /** Other limits, in force on every gateway within moments; what is under way goes on. */
  async change(accountId: string, keyId: string, change: Partial<KeyLimits>, actor: Actor): Promise<ListedKeyRow> {
    refuseLooser(change, actor.caller);
    const row = await inTransaction(this.source, async (tx) => {
      const old = await this.inForce(tx, accountId, keyId);
      const changed = await setKeyLimits(tx, keyId, { ...limitsOf(old), ...change });
      if (changed === undefined) throw keyNotFound();
      const fact = { id: randomUUID(), key: accountId, data: { accountId, keyId }, occurredAt: new Date() };
      await insertOutbox(tx, [eventMessage(apiKeyChanged, fact)]);
      const { caller, requestId } = actor;
      const entry = { actor: caller.keyId, action: 'api_key.change', accountId, target: keyId, detail: { ...change } };
      await writeAudit(tx, { ...entry, requestId });
      return changed;
    });
    this.announced(keyId);
    return row;
  }

  /** From now on nobody gets in with it, on any gateway. Repeating it is harmless. */
  async revoke(accountId: string, keyId: string, { caller, requestId }: Actor): Promise<ListedKeyRow> {
    const row = await inTransaction(this.source, async (tx) => {
      const ended = await this.end(tx, accountId, keyId, new Date(0));
      const change = { actor: caller.keyId, action: 'api_key.revoke', accountId, target: keyId, detail: {} };
      await writeAudit(tx, { ...change, requestId });
      return ended;
    });
    this.announced(keyId);
    return row;
  }

  /** A new key with the same rights; the old one goes on for `overlapSeconds`, so that nothing breaks in between. */
  async rotate(accountId: string, keyId: string, overlapSeconds: number, actor: Actor): Promise<MadeKey> {
    const made = await inTransaction(this.source, async (tx) => {
      const old = await this.inForce(tx, accountId, keyId);
      const scopes = old.scopes.filter(isScope);
      await this.end(tx, accountId, keyId, new Date(Date.now() + overlapSeconds * 1000));
      const { name, mode, dialect } = old;
      const request = { name, mode, dialect, scopes, limits: limitsOf(old), expiresInDays: 365 };
      refuseEscalation(request, actor.caller);
      return this.insert(tx, accountId, request, actor, { action: 'api_key.rotate', replaces: keyId });
    });
    this.announced(keyId);
    return made;
  }

  private async insert(
    tx: EntityManager,
    accountId: string,
    request: KeyRequest,
    { caller, requestId }: Actor,
    { action, ...origin }: { readonly action: string; readonly replaces?: string },
  ): Promise<MadeKey> {
    const { name, mode, dialect, scopes, limits } = request;
    const key: KeyText = mintKey(mode);
    const isNew = await insertKey(tx, {
      id: key.id,
      accountId,
      name,
      mode,
      dialect,
      scopes,
      hash: hashKey(this.settings.value.apiKeyPepper, key.text),
      lastFour: key.text.slice(-4),
      limits,
      createdBy: caller.keyId,
      expiresAt: new Date(Date.now() + request.expiresInDays * dayMs),
    });
    const row = await readKey(tx, accountId, key.id);
    if (!isNew || row === undefined) throw new AppError('conflict', 'Try again.');
    const detail = { name, mode, dialect, scopes, ...limits, ...origin };
    await writeAudit(tx, { actor: caller.keyId, action, accountId, target: key.id, detail, requestId });
    return { row, text: key.text };
  }

  private async inForce(tx: EntityManager, accountId: string, keyId: string): Promise<ListedKeyRow> {
    const row = await readKey(tx, accountId, keyId);
    if (row === undefined) throw keyNotFound();
    if (row.revoked_at !== null || (row.expires_at !== null && row.expires_at.getTime() <= Date.now())) {
      throw new AppError('conflict', 'This API key is no longer in force.');
    }
    return row;
  }

  private async end(tx: EntityManager, accountId: string, keyId: string, at: Date): Promise<ListedKeyRow> {
    const row = await endKey(tx, accountId, keyId, at);
    if (row === undefined) throw keyNotFound();
    const fact = { id: randomUUID(), key: accountId, data: { accountId, keyId }, occurredAt: new Date() };
    await insertOutbox(tx, [eventMessage(apiKeyRevoked, fact)]);
    return row;
  }

  private announced(keyId: string): void {
    this.authenticator.forget(keyId);
    this.relay.nudge();
  }
}

/** A key may hand on what it holds, never more; and nothing made in test mode can spend. */
function refuseEscalation({ scopes, mode, limits }: KeyRequest, caller: Caller): void {
  const missing = scopes.find((scope) => !caller.scopes.has(scope));
  if (missing !== undefined) {
    throw new AppError('insufficient_scope', `Your own API key lacks the scope ${missing}.`, {
      details: { scope: missing },
    });
  }
  if (caller.mode === 'test' && mode === 'live') {
    throw new AppError('insufficient_scope', 'A test key cannot make a live one.', { param: 'mode' });
  }
  refuseLooser(limits, caller);
}

/** Whoever is limited cannot make or change a key that is less so, with a higher limit or with none; `undefined` is untouched. */
function refuseLooser({ requestsPerMinute, maxConcurrent }: Partial<KeyLimits>, caller: Caller): void {
  if (caller.scopes.has('admin')) return;
  const { keyLimits } = caller;
  const isFaster =
    requestsPerMinute === null
      ? keyLimits.requestsPerMinute !== null
      : (requestsPerMinute ?? 0) > caller.requestsPerMinute;
  if (isFaster) {
    throw new AppError('insufficient_scope', `Your own limit is ${caller.requestsPerMinute} requests a minute.`, {
      param: 'requests_per_minute',
    });
  }
  if (keyLimits.maxConcurrent === null || maxConcurrent === undefined) return;
  if (maxConcurrent === null || maxConcurrent > keyLimits.maxConcurrent) {
    throw new AppError('insufficient_scope', `Your own limit is ${keyLimits.maxConcurrent} unfinished tasks.`, {
      param: 'max_concurrent',
    });
  }
}

function limitsOf({ requests_per_minute, max_concurrent }: ListedKeyRow): KeyLimits {
  return { requestsPerMinute: requests_per_minute, maxConcurrent: max_concurrent };
}

function keyNotFound(): AppError {
  return new AppError('not_found', 'There is no such API key.');
}
