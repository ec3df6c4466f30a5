import { jsonRows, sql } from '@videoapi/database';
import type { DataSource, EntityManager } from 'typeorm';

type Target = EntityManager | DataSource;

export interface MediaRow {
  readonly id: string;
  readonly account_id: string;
  readonly origin: 'upload' | 'presigned' | 'result';
  /** `pending`: the object may or may not be there. `deleting`: links are dead, the object is about to go. */
  readonly state: 'pending' | 'stored' | 'deleting';
  readonly key: string;
  readonly signature: string;
  readonly content_type: string;
  /** Bytes; of a pending row, what was declared. */
  readonly size: number;
}

/** A result's row, as it is written. */
export interface ResultRow {
  readonly id: string;
  readonly account_id: string;
  readonly key: string;
  readonly signature: string;
  readonly content_type: string;
  readonly size: number;
  readonly task_id: string;
  readonly attempt_id: string;
  readonly output_index: number;
  readonly sha256: string;
  readonly width: number | null;
  readonly height: number | null;
  readonly duration_ms: number | null;
  readonly thumbnail_key: string | null;
  readonly thumbnail_signature: string | null;
}

/** What a link needs. */
export interface LinkedRow {
  readonly key: string;
  readonly signature: string;
  readonly content_type: string;
  readonly size: number;
  readonly thumbnail_key: string | null;
  readonly thumbnail_signature: string | null;
}

const columns = 'id, account_id, origin, state, key, signature, content_type, size';

/** Intent before the bytes: whatever dies in between, the sweep finds the object by its row. */
export async function insertPending(target: Target, row: Omit<MediaRow, 'state'>): Promise<void> {
  await sql(
    target,
    `INSERT INTO media (id, account_id, origin, state, key, signature, content_type, size)
     VALUES ($1, $2, $3, 'pending', $4, $5, $6, $7)`,
    [row.id, row.account_id, row.origin, row.key, row.signature, row.content_type, row.size],
  );
}

/** Returns the ids that were pending: one that the sweep was faster to claim is gone. */
export async function markStored(target: Target, rows: readonly { id: string; size: number }[]): Promise<string[]> {
  const marked = await sql<{ id: string }>(
    target,
    `UPDATE media SET state = 'stored', size = found.size
     FROM unnest($1::text[], $2::int[]) AS found (id, size)
     WHERE media.id = found.id AND state = 'pending' RETURNING media.id`,
    [rows.map((row) => row.id), rows.map((row) => row.size)],
  );
  return marked.map((row) => row.id);
}

/** An account's own uploads by object key. */
export function findUploads(target: Target, accountId: string, keys: readonly string[]): Promise<MediaRow[]> {
  return sql(
    target,
    `SELECT ${columns} FROM media
     WHERE account_id = $1 AND key = ANY($2) AND origin IN ('upload', 'presigned') AND state <> 'deleting'`,
    [accountId, keys],
  );
}

export async function findLinked(target: Target, id: string): Promise<LinkedRow | undefined> {
  const [row] = await sql<LinkedRow>(
    target,
    `SELECT key, signature, content_type, size, thumbnail_key, thumbnail_signature
     FROM media WHERE id = $1 AND state = 'stored'`,
    [id],
  );
  return row;
}

/** Everything stored for these attempts, in output order. */
export function findResults(target: Target, attemptIds: readonly string[]): Promise<ResultRow[]> {
  return sql(
    target,
    `SELECT id, account_id, key, signature, content_type, size, task_id, attempt_id, output_index, sha256,
       width, height, duration_ms, thumbnail_key, thumbnail_signature
     FROM media WHERE attempt_id = ANY($1::uuid[]) AND state = 'stored' ORDER BY output_index`,
    [attemptIds],
  );
}

const resultColumns = {
  id: 'text',
  account_id: 'text',
  key: 'text',
  signature: 'text',
  content_type: 'text',
  size: 'int',
  task_id: 'text',
  attempt_id: 'uuid',
  output_index: 'smallint',
  sha256: 'text',
  width: 'int',
  height: 'int',
  duration_ms: 'int',
  thumbnail_key: 'text',
  thumbnail_signature: 'text',
} as const;

/** One statement for many results; a row that another delivery of the same job has written stays as it is. */
export async function insertResults(tx: EntityManager, rows: readonly ResultRow[]): Promise<void> {
  if (rows.length === 0) return;
  await sql(
    tx,
    `INSERT INTO media (id, account_id, origin, state, key, signature, content_type, size, task_id, attempt_id,
       output_index, sha256, width, height, duration_ms, thumbnail_key, thumbnail_signature)
     SELECT id, account_id, 'result', 'stored', key, signature, content_type, size, task_id, attempt_id,
       output_index, sha256, width, height, duration_ms, thumbnail_key, thumbnail_signature
     FROM ${jsonRows('$1', resultColumns)} AS r
     ON CONFLICT DO NOTHING`,
    [JSON.stringify(rows)],
  );
}

/** From here on no link opens any more. Returns the rows whose objects must go. */
export function markDeleting(target: Target, accountId: string, ids: readonly string[]): Promise<MediaRow[]> {
  return sql(
    target,
    `UPDATE media SET state = 'deleting' WHERE account_id = $1 AND id = ANY($2) RETURNING ${columns}`,
    [accountId, ids],
  );
}

/** Rows that were never finished, or whose deletion was interrupted. From here on no link to them opens. */
export function claimUnfinished(target: Target, olderThanHours: number, limit: number): Promise<MediaRow[]> {
  return sql(
    target,
    `UPDATE media SET state = 'deleting' WHERE id IN (
       SELECT id FROM media
       WHERE state <> 'stored' AND created_at < now() - make_interval(hours => $1::int)
       ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED)
     RETURNING ${columns}`,
    [olderThanHours, limit],
  );
}

/** Forgets rows whose objects are gone. Returns the keys of pictures that belonged to nothing else. */
export async function removeRows(tx: EntityManager, ids: readonly string[]): Promise<string[]> {
  const removed = await sql<{ thumbnail_key: string | null }>(
    tx,
    `DELETE FROM media WHERE id = ANY($1) RETURNING thumbnail_key`,
    [ids],
  );
  const keys = removed.map((row) => row.thumbnail_key).filter((key) => key !== null);
  if (keys.length === 0) return [];
  const orphans = await sql<{ key: string }>(
    tx,
    `DELETE FROM thumbnail WHERE key = ANY($1)
     AND NOT EXISTS (SELECT 1 FROM media WHERE media.thumbnail_key = thumbnail.key) RETURNING key`,
    [keys],
  );
  return orphans.map((row) => row.key);
}

/** `undefined`: never tried. `null`: tried, and there is nothing to be drawn from these bytes. */
export async function findThumbnail(target: Target, sha256: string): Promise<string | null | undefined> {
  const [row] = await sql<{ key: string | null }>(target, `SELECT key FROM thumbnail WHERE sha256 = $1`, [sha256]);
  return row?.key;
}

export async function rememberThumbnail(target: Target, sha256: string, key: string | null): Promise<void> {
  await sql(target, `INSERT INTO thumbnail (sha256, key) VALUES ($1, $2) ON CONFLICT DO NOTHING`, [sha256, key]);
}
