import { sql } from '@videoapi/database';
import { type DataSource, type EntityManager } from 'typeorm';
import { newId } from '../id.js';
import { type Happening } from './event.js';

export interface Listener {
  readonly id: string;
  readonly accountId: string;
  readonly eventTypes: readonly string[];
}

/** One event for one endpoint. */
export interface Telling {
  readonly happening: Happening;
  readonly endpointId: string;
  /** A task's own callback URL; null: the endpoint's. */
  readonly url: string | null;
}

/** Progress is told at most this often, per endpoint and task. */
export const progressEverySeconds = 15;

/** The accounts' endpoints, also the disabled ones: what they miss can be sent to them later. */
export function listenersOf(source: DataSource, accountIds: readonly string[]): Promise<Listener[]> {
  return sql(
    source,
    {
      name: 'listeners',
      text: `SELECT id, account_id AS "accountId", event_types AS "eventTypes" FROM endpoint
        WHERE account_id = ANY($1) AND kind = 'account' AND deleted_at IS NULL`,
    },
    [accountIds],
  );
}

/** One endpoint per account and origin of its callback URLs: policies and breakers hang on it. @returns all of them */
export async function ensureOrigins(
  tx: EntityManager,
  origins: readonly { readonly accountId: string; readonly origin: string }[],
): Promise<{ id: string; accountId: string; url: string }[]> {
  const values = [origins.map(({ accountId }) => accountId), origins.map(({ origin }) => origin)];
  await sql(
    tx,
    `INSERT INTO endpoint (id, account_id, kind, url)
     SELECT id, account_id, 'implicit', url FROM unnest($3::text[], $1::text[], $2::text[]) AS o (id, account_id, url)
     ORDER BY account_id, url
     ON CONFLICT (account_id, url) WHERE kind = 'implicit' DO NOTHING`,
    [...values, origins.map(() => newId('ep'))],
  );
  return sql(
    tx,
    `SELECT id, account_id AS "accountId", url FROM endpoint JOIN unnest($1::text[], $2::text[]) AS o (a, u)
       ON account_id = a AND url = u AND kind = 'implicit'`,
    values,
  );
}

/**
 * Locks the endpoints' places in the ring and has the dispatcher look at them. First in every transaction that touches
 * deliveries: claims skip an endpoint that somebody is writing to, and all lock in one order.
 */
export async function ring(tx: EntityManager, endpointIds: readonly string[]): Promise<void> {
  await sql(
    tx,
    {
      name: 'ring',
      text: `INSERT INTO endpoint_queue AS q (endpoint_id, next_due_at)
        SELECT id, now() FROM unnest($1::text[]) AS e (id) ORDER BY id COLLATE "C"
        ON CONFLICT (endpoint_id) DO UPDATE SET next_due_at = least(q.next_due_at, excluded.next_due_at)`,
    },
    [[...new Set(endpointIds)]],
  );
}

/** @returns the ids of those that nobody had reported before */
export async function insertEvents(tx: EntityManager, happenings: readonly Happening[]): Promise<Set<string>> {
  const rows = await sql<{ id: string }>(
    tx,
    {
      name: 'insert_events',
      text: `INSERT INTO event (id, account_id, type, task_id, producer_key, occurred_at, body)
        SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::text[])
          AS fresh (id, account_id, type, task_id, producer_key)
        ORDER BY account_id, producer_key
        ON CONFLICT ON CONSTRAINT event_once DO NOTHING RETURNING id`,
    },
    [
      happenings.map(({ id }) => id),
      happenings.map(({ accountId }) => accountId),
      happenings.map(({ type }) => type),
      happenings.map(({ taskId }) => taskId),
      happenings.map(({ producerKey }) => producerKey),
      happenings.map(({ occurredAt }) => occurredAt.toISOString()),
      happenings.map((happening) => happening.body()),
    ],
  );
  return new Set(rows.map((row) => row.id));
}

/** What a disabled endpoint misses is kept as discarded. Progress waits until the last one told is old enough. */
export async function insertDeliveries(tx: EntityManager, tellings: readonly Telling[]): Promise<void> {
  if (tellings.length === 0) return;
  await sql(
    tx,
    {
      name: 'insert_deliveries',
      text: `INSERT INTO delivery (id, event_id, endpoint_id, account_id, type, url, state, next_attempt_at)
        SELECT t.id, t.event_id, t.endpoint_id, t.account_id, t.type, t.url,
          CASE WHEN e.state = 'enabled' AND e.deleted_at IS NULL THEN 'pending' ELSE 'discarded' END,
          CASE WHEN t.type = 'video.in_progress' THEN coalesce((
            SELECT max(d.first_at) + make_interval(secs => ${progressEverySeconds})
            FROM event v JOIN delivery d ON d.event_id = v.id AND d.endpoint_id = t.endpoint_id
            WHERE v.task_id = t.task_id AND v.type = t.type), now()) ELSE now() END
        FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
          AS t (id, event_id, endpoint_id, account_id, type, url, task_id)
        JOIN endpoint e ON e.id = t.endpoint_id
        ON CONFLICT ON CONSTRAINT delivery_once DO NOTHING`,
    },
    [
      tellings.map(() => newId('dlv')),
      tellings.map(({ happening }) => happening.id),
      tellings.map(({ endpointId }) => endpointId),
      tellings.map(({ happening }) => happening.accountId),
      tellings.map(({ happening }) => happening.type),
      tellings.map(({ url }) => url),
      tellings.map(({ happening }) => happening.taskId),
    ],
  );
}

/** Progress that waits is overtaken by later progress and by the end. */
export async function overtakeProgress(tx: EntityManager, taskIds: readonly string[]): Promise<void> {
  if (taskIds.length === 0) return;
  await sql(
    tx,
    `UPDATE delivery d SET state = 'discarded', next_attempt_at = NULL, last_error = 'overtaken'
     FROM event v WHERE v.task_id = ANY($1) AND v.type = 'video.in_progress'
       AND d.event_id = v.id AND d.state = 'pending'`,
    [taskIds],
  );
}
