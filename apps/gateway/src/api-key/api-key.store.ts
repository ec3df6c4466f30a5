import { sql } from '@videoapi/database';
import { type DataSource, type EntityManager } from 'typeorm';
import { type TaskMode } from '@videoapi/contracts';
import { type KeyLimits } from './caller.js';
import { type KeyDialect } from './scope.js';

/** A key with what its account adds, as authentication needs it. */
export interface KeyRow {
  readonly id: string;
  readonly account_id: string;
  readonly mode: TaskMode;
  readonly dialect: KeyDialect;
  readonly scopes: readonly string[];
  readonly hash: Buffer;
  readonly expires_at: Date | null;
  readonly revoked_at: Date | null;
  readonly account_status: 'active' | 'disabled';
  readonly requests_per_minute: number | null;
  readonly max_concurrent: number | null;
  readonly account_requests_per_minute: number | null;
  readonly account_max_concurrent: number | null;
  readonly max_queued: number | null;
}

/** A key as a list shows it. */
export interface ListedKeyRow {
  readonly id: string;
  readonly account_id: string;
  readonly name: string;
  readonly mode: TaskMode;
  readonly dialect: KeyDialect;
  readonly scopes: readonly string[];
  readonly last_four: string;
  readonly requests_per_minute: number | null;
  readonly max_concurrent: number | null;
  readonly created_at: Date;
  readonly expires_at: Date | null;
  readonly revoked_at: Date | null;
  readonly last_used_at: Date | null;
}

export interface NewKey {
  readonly id: string;
  readonly accountId: string;
  readonly name: string;
  readonly mode: TaskMode;
  readonly dialect: KeyDialect;
  readonly scopes: readonly string[];
  readonly hash: Buffer;
  readonly lastFour: string;
  readonly limits: KeyLimits;
  readonly createdBy: string | null;
  readonly expiresAt: Date | null;
}

const find = `SELECT k.id, k.account_id, k.mode, k.dialect, k.scopes, k.hash, k.expires_at, k.revoked_at,
       k.requests_per_minute, k.max_concurrent,
       a.status AS account_status, a.requests_per_minute AS account_requests_per_minute,
       a.max_concurrent AS account_max_concurrent, a.max_queued
FROM api_key k JOIN account a ON a.id = k.account_id
WHERE k.id = $1`;

export async function findKey(source: DataSource, id: string): Promise<KeyRow | undefined> {
  const [row] = await sql<KeyRow>(source, find, [id]);
  return row;
}

/** Returns false when the id is taken: by the same key on a repeat, or, once in 10^17, by another. */
export async function insertKey(tx: EntityManager, key: NewKey): Promise<boolean> {
  const rows = await sql(
    tx,
    `INSERT INTO api_key (id, account_id, name, mode, dialect, scopes, hash, last_four, requests_per_minute,
       max_concurrent, created_by, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (id) DO NOTHING RETURNING id`,
    [
      key.id,
      key.accountId,
      key.name,
      key.mode,
      key.dialect,
      key.scopes,
      key.hash,
      key.lastFour,
      key.limits.requestsPerMinute,
      key.limits.maxConcurrent,
      key.createdBy,
      key.expiresAt,
    ],
  );
  return rows.length === 1;
}

const listed = `id, account_id, name, mode, dialect, scopes, last_four, requests_per_minute, max_concurrent,
  created_at, expires_at, revoked_at, last_used_at`;

export function listKeys(source: DataSource, accountId: string): Promise<ListedKeyRow[]> {
  return sql<ListedKeyRow>(
    source,
    `SELECT ${listed} FROM api_key WHERE account_id = $1 ORDER BY created_at DESC, id LIMIT 500`,
    [accountId],
  );
}

export async function readKey(tx: EntityManager, accountId: string, id: string): Promise<ListedKeyRow | undefined> {
  const [row] = await sql<ListedKeyRow>(
    tx,
    `SELECT ${listed} FROM api_key WHERE account_id = $1 AND id = $2 FOR UPDATE`,
    [accountId, id],
  );
  return row;
}

/** Ends a key at `at`, or earlier if it already ends earlier. Undefined when the account has no such key. */
export async function endKey(
  tx: EntityManager,
  accountId: string,
  id: string,
  at: Date,
): Promise<ListedKeyRow | undefined> {
  const [row] = await sql<ListedKeyRow>(
    tx,
    `UPDATE api_key SET
       revoked_at = CASE WHEN $3 <= now() THEN coalesce(revoked_at, now()) ELSE revoked_at END,
       expires_at = least(expires_at, $3::timestamptz)
     WHERE account_id = $1 AND id = $2 RETURNING ${listed}`,
    [accountId, id, at],
  );
  return row;
}

export async function setKeyLimits(
  tx: EntityManager,
  id: string,
  { requestsPerMinute, maxConcurrent }: KeyLimits,
): Promise<ListedKeyRow | undefined> {
  const [row] = await sql<ListedKeyRow>(
    tx,
    `UPDATE api_key SET requests_per_minute = $2, max_concurrent = $3 WHERE id = $1 RETURNING ${listed}`,
    [id, requestsPerMinute, maxConcurrent],
  );
  return row;
}

/** Moves `last_used_at` forward, never back: several gateways write it. */
export async function touchKeys(source: DataSource, ids: readonly string[], at: readonly Date[]): Promise<void> {
  await sql(
    source,
    `UPDATE api_key k SET last_used_at = greatest(k.last_used_at, used.at)
     FROM (SELECT id, at FROM unnest($1::text[], $2::timestamptz[]) AS used (id, at) ORDER BY id) used
     WHERE k.id = used.id`,
    [ids, at],
  );
}
