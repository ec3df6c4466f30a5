import { type Endpoint } from '@videoapi/contracts';
import { sql } from '@videoapi/database';
import { type DataSource, type EntityManager } from 'typeorm';

export interface EndpointRow {
  readonly id: string;
  readonly accountId: string;
  readonly url: string;
  readonly eventTypes: Endpoint['eventTypes'];
  readonly description: string;
  readonly state: Endpoint['state'];
  readonly disabledReason: string | null;
  readonly createdAt: Date;
  readonly lastSuccessAt: Date | null;
}

const columns = `id, account_id AS "accountId", url, event_types AS "eventTypes", description, state,
  disabled_reason AS "disabledReason", created_at AS "createdAt",
  (SELECT last_success_at FROM endpoint_queue q WHERE q.endpoint_id = endpoint.id) AS "lastSuccessAt"`;
const isOwn = `kind = 'account' AND deleted_at IS NULL`;

export interface NewEndpoint {
  readonly id: string;
  readonly accountId: string;
  readonly url: string;
  readonly eventTypes: readonly string[];
  readonly description: string;
}

/**
 * @returns undefined when the account has `most` already. Calls at the same moment may pass that together: it keeps one
 * account from growing without end, and is no promise worth a lock.
 */
export async function insertEndpoint(
  tx: EntityManager,
  row: NewEndpoint,
  most: number,
): Promise<EndpointRow | undefined> {
  const [inserted] = await sql<EndpointRow>(
    tx,
    `INSERT INTO endpoint (id, account_id, kind, url, event_types, description)
     SELECT $1, $2::text, 'account', $3, $4, $5
     WHERE (SELECT count(*) FROM endpoint WHERE account_id = $2 AND ${isOwn}) < $6
     RETURNING ${columns}`,
    [row.id, row.accountId, row.url, row.eventTypes, row.description, most],
  );
  return inserted;
}

export function listOwn(source: DataSource, accountId: string): Promise<EndpointRow[]> {
  return sql(source, `SELECT ${columns} FROM endpoint WHERE account_id = $1 AND ${isOwn} ORDER BY id`, [accountId]);
}

export async function findOwn(
  target: DataSource | EntityManager,
  accountId: string,
  endpointId: string,
): Promise<EndpointRow | undefined> {
  const [row] = await sql<EndpointRow>(
    target,
    `SELECT ${columns} FROM endpoint WHERE id = $1 AND account_id = $2 AND ${isOwn}`,
    [endpointId, accountId],
  );
  return row;
}

export interface Change {
  readonly url: string | undefined;
  readonly eventTypes: readonly string[] | undefined;
  readonly description: string | undefined;
  readonly state: 'enabled' | 'disabled' | undefined;
}

export async function updateOwn(
  tx: EntityManager,
  { accountId, endpointId }: { accountId: string; endpointId: string },
  { url, eventTypes, description, state }: Change,
): Promise<EndpointRow | undefined> {
  const [row] = await sql<EndpointRow>(
    tx,
    `UPDATE endpoint SET url = coalesce($3, url), event_types = coalesce($4, event_types),
       description = coalesce($5, description), state = coalesce($6, state),
       disabled_reason = CASE $6 WHEN 'enabled' THEN NULL WHEN 'disabled' THEN coalesce(disabled_reason, 'asked')
         ELSE disabled_reason END
     WHERE id = $1 AND account_id = $2 AND ${isOwn} RETURNING ${columns}`,
    [endpointId, accountId, url ?? null, eventTypes ?? null, description ?? null, state ?? null],
  );
  return row;
}

/** Its past deliveries stay readable. */
export async function deleteOwn(tx: EntityManager, accountId: string, endpointId: string): Promise<boolean> {
  const rows = await sql(
    tx,
    `UPDATE endpoint SET deleted_at = now(), state = 'disabled', disabled_reason = 'deleted'
     WHERE id = $1 AND account_id = $2 AND ${isOwn} RETURNING 1`,
    [endpointId, accountId],
  );
  return rows.length > 0;
}

/** A fresh start: what the receiver did before says nothing about the new URL, or about the repaired one. */
export async function forgetHealth(tx: EntityManager, endpointId: string): Promise<void> {
  await sql(
    tx,
    `UPDATE endpoint_queue SET lane = 'fast', cap = 2, successes_in_row = 0, timeouts_in_row = 0, window_from = NULL,
       window_sent = 0, window_failed = 0, breaker_until = NULL, breaker_opens = 0, failing_since = NULL, failures = 0
     WHERE endpoint_id = $1`,
    [endpointId],
  );
}
