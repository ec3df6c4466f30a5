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
const progressEverySeconds = 15;

/** The accounts' endpoints, also the disabled ones: what they miss can be sent to them later. */
export function listenersOf(source: DataSource, accountIds: readonly string[]): Promise<Listener[]> {
  return sql(
    source,
    `SELECT id, account_id AS "accountId", event_types AS "eventTypes" FROM endpoint
     WHERE account_id = ANY($1) AND kind = 'account' AND deleted_at IS NULL`,
    [accountIds],
  );
}

/**
 * Events, their deliveries and their endpoints' places in the ring, in one statement. The same fact a second time changes
 * nothing. The ring is locked last and in one order, for the moment until the commit: who claims passes over it.
 * @returns the ids of the events that nobody had reported before
 */
export async function insertEvents(
  target: DataSource | EntityManager,
  tellings: readonly Telling[],
): Promise<Set<string>> {
  const happenings = [...new Set(tellings.map(({ happening }) => happening))];
  const rows = await sql<{ id: string }>(target, insert, [
    happenings.map(({ id }) => id),
    happenings.map(({ accountId }) => accountId),
    happenings.map(({ type }) => type),
    happenings.map(({ taskId }) => taskId),
    happenings.map(({ producerKey }) => producerKey),
    happenings.map(({ occurredAt }) => occurredAt.toISOString()),
    happenings.map((happening) => happening.body()),
    tellings.map(() => newId('dlv')),
    tellings.map(({ happening }) => happening.id),
    tellings.map(({ endpointId }) => endpointId),
    tellings.map(({ url }) => url),
  ]);
  return new Set(rows.map((row) => row.id));
}

// What a disabled endpoint misses is kept as discarded. Progress waits until the last one told is old enough, and is not
// told at all once the task has ended.
const insert = `WITH fresh AS (
      INSERT INTO event (id, account_id, type, task_id, producer_key, occurred_at, body)
      SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::text[])
        AS told (id, account_id, type, task_id, producer_key, occurred_at, body)
      WHERE type <> 'video.in_progress' OR NOT EXISTS (SELECT FROM event ended
        WHERE ended.task_id = told.task_id AND ended.type IN ('video.completed', 'video.failed'))
      ORDER BY account_id, producer_key
      ON CONFLICT ON CONSTRAINT event_once DO NOTHING RETURNING id, account_id, type, task_id),
    made AS (
      INSERT INTO delivery (id, event_id, endpoint_id, account_id, type, url, state, next_attempt_at)
      SELECT t.id, f.id, e.id, f.account_id, f.type, t.url,
        CASE e.state WHEN 'enabled' THEN 'pending' ELSE 'discarded' END,
        CASE WHEN e.state <> 'enabled' THEN NULL WHEN f.type <> 'video.in_progress' THEN now() ELSE coalesce((
          SELECT max(d.first_at) + make_interval(secs => ${progressEverySeconds})
          FROM event v JOIN delivery d ON d.event_id = v.id AND d.endpoint_id = e.id
          WHERE v.task_id = f.task_id AND v.type = f.type), now()) END
      FROM unnest($8::text[], $9::text[], $10::text[], $11::text[]) AS t (id, event_id, endpoint_id, url)
      JOIN fresh f ON f.id = t.event_id JOIN endpoint e ON e.id = t.endpoint_id
      RETURNING endpoint_id, state),
    rung AS (
      INSERT INTO endpoint_queue AS q (endpoint_id, next_due_at)
      SELECT DISTINCT endpoint_id, now() FROM made WHERE state = 'pending' ORDER BY endpoint_id
      ON CONFLICT (endpoint_id) DO UPDATE SET next_due_at = excluded.next_due_at
      WHERE q.next_due_at IS NULL OR q.next_due_at > excluded.next_due_at)
    SELECT id FROM fresh`;

/** Progress that waits is overtaken by later progress and by the end. The endpoints' places must be locked. */
export async function overtakeProgress(tx: EntityManager, tellings: readonly Telling[]): Promise<void> {
  await sql(
    tx,
    `UPDATE delivery d SET state = 'discarded', next_attempt_at = NULL, last_error = 'overtaken'
     FROM event v WHERE v.task_id = ANY($1) AND v.type = 'video.in_progress' AND v.id <> ALL($2)
       AND d.event_id = v.id AND d.endpoint_id = ANY($3) AND d.state = 'pending'`,
    [
      tellings.map(({ happening }) => happening.taskId),
      tellings.map(({ happening }) => happening.id),
      tellings.map(({ endpointId }) => endpointId),
    ],
  );
}
