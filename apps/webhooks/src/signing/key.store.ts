import { sql } from '@videoapi/database';
import { type DataSource, type EntityManager } from 'typeorm';

/** One sealed signing key of an endpoint, or of an account for its tasks' callback URLs. */
export interface SealedKey {
  readonly ownerId: string;
  readonly serial: number;
  readonly accountId: string;
  readonly kekVersion: number;
  readonly sealed: Buffer;
}

const columns = `owner_id AS "ownerId", serial, account_id AS "accountId", kek_version AS "kekVersion", sealed`;

/** Newest first. */
export function liveKeys(target: DataSource | EntityManager, ownerIds: readonly string[]): Promise<SealedKey[]> {
  return sql(
    target,
    `SELECT ${columns} FROM endpoint_secret
     WHERE owner_id = ANY($1) AND (expires_at IS NULL OR expires_at > now())
     ORDER BY owner_id, serial DESC`,
    [ownerIds],
  );
}

/** Nothing happens to those that exist: the first one of an owner is made once, whoever comes first. */
export async function insertKeys(tx: DataSource | EntityManager, keys: readonly SealedKey[]): Promise<void> {
  if (keys.length === 0) return;
  await sql(
    tx,
    `INSERT INTO endpoint_secret (owner_id, serial, account_id, kek_version, sealed)
     SELECT * FROM unnest($1::text[], $2::int[], $3::text[], $4::smallint[], $5::bytea[]) AS key (owner) ORDER BY owner
     ON CONFLICT DO NOTHING`,
    [
      keys.map((key) => key.ownerId),
      keys.map((key) => key.serial),
      keys.map((key) => key.accountId),
      keys.map((key) => key.kekVersion),
      keys.map((key) => key.sealed),
    ],
  );
}

/** @returns the last serial; every other key of the owner lives on for the overlap, and only the newest `keep` of them. */
export async function retireKeys(
  tx: EntityManager,
  ownerId: string,
  { overlapSeconds, keep }: { overlapSeconds: number; keep: number },
): Promise<number> {
  // Two rotations at once take turns, and each gets a serial of its own.
  await sql(tx, `SELECT pg_advisory_xact_lock(hashtext('rotate:' || $1))`, [ownerId]);
  const [last] = await sql<{ serial: number }>(
    tx,
    `SELECT coalesce(max(serial), 0) AS serial FROM endpoint_secret WHERE owner_id = $1`,
    [ownerId],
  );
  const serial = last?.serial ?? 0;
  await sql(
    tx,
    `UPDATE endpoint_secret SET expires_at = least(expires_at, CASE
         WHEN serial > $2 THEN now() + make_interval(secs => $3) ELSE now() END)
     WHERE owner_id = $1 AND (expires_at IS NULL OR expires_at > now())`,
    [ownerId, serial - keep, overlapSeconds],
  );
  return serial;
}

export async function deleteKeys(tx: EntityManager, ownerId: string): Promise<void> {
  await sql(tx, `DELETE FROM endpoint_secret WHERE owner_id = $1`, [ownerId]);
}
