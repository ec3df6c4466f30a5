import { listDeliveries, type RpcRequest, type RpcResponse } from '@videoapi/contracts';
import { sql } from '@videoapi/database';
import { type DataSource, type EntityManager } from 'typeorm';

type Delivery = RpcResponse<typeof listDeliveries>['deliveries'][number];
type Query = RpcRequest<typeof listDeliveries>;

interface DeliveryRow extends Omit<Delivery, 'nextAttemptAt' | 'createdAt'> {
  readonly nextAttemptAt: Date | null;
  readonly createdAt: Date;
}

const columns = `d.id, d.event_id AS "webhookId", CASE e.kind WHEN 'account' THEN e.id END AS "endpointId",
  coalesce(d.url, e.url) AS url, d.type, v.task_id AS "taskId", d.state, d.attempt AS attempts,
  d.last_status AS "lastStatus", d.next_attempt_at AS "nextAttemptAt", d.created_at AS "createdAt"`;
const tables = `delivery d JOIN event v ON v.id = d.event_id JOIN endpoint e ON e.id = d.endpoint_id`;

/** Newest first; `after` is the last id of the page before. One row more than asked tells whether more follow. */
export async function deliveryPage(source: DataSource, query: Query): Promise<Delivery[]> {
  const values: unknown[] = [];
  const parameter = (value: unknown) => `$${values.push(value)}`;
  const conditions = [`d.account_id = ${parameter(query.accountId)}`];
  if (query.endpointId !== undefined) conditions.push(`d.endpoint_id = ${parameter(query.endpointId)}`);
  if (query.taskId !== undefined) conditions.push(`v.task_id = ${parameter(query.taskId)}`);
  if (query.state !== undefined) conditions.push(`d.state = ${parameter(query.state)}`);
  if (query.type !== undefined) conditions.push(`d.type = ${parameter(query.type)}`);
  if (query.after !== undefined) conditions.push(`d.id < ${parameter(query.after)}`);
  const rows = await sql<DeliveryRow>(
    source,
    `SELECT ${columns} FROM ${tables} WHERE ${conditions.join(' AND ')}
     ORDER BY d.id DESC LIMIT ${parameter(query.limit + 1)}`,
    values,
  );
  return rows.map(shown);
}

export async function findDelivery(
  target: DataSource | EntityManager,
  accountId: string,
  deliveryId: string,
): Promise<Delivery | undefined> {
  const rows = await sql<DeliveryRow>(
    target,
    `SELECT ${columns} FROM ${tables} WHERE d.id = $1 AND d.account_id = $2`,
    [deliveryId, accountId],
  );
  return rows.map(shown)[0];
}

export interface AttemptRow {
  readonly attempt: number;
  readonly startedAt: Date;
  readonly durationMs: number;
  readonly status: number | null;
  readonly error: string | null;
  readonly responseHead: string | null;
}

export function attemptsOf(source: DataSource, accountId: string, deliveryId: string): Promise<AttemptRow[]> {
  return sql(
    source,
    `SELECT a.n AS attempt, a.started_at AS "startedAt", a.duration_ms AS "durationMs", a.status, a.error,
       a.response_head AS "responseHead"
     FROM delivery_attempt a JOIN delivery d ON d.id = a.delivery_id
     WHERE a.delivery_id = $1 AND d.account_id = $2 ORDER BY a.started_at LIMIT 200`,
    [deliveryId, accountId],
  );
}

export interface Repeatable {
  readonly endpointId: string;
  readonly state: Delivery['state'];
  readonly isOpen: boolean;
  readonly hasBody: boolean;
}

export async function findRepeatable(
  target: DataSource | EntityManager,
  accountId: string,
  deliveryId: string,
): Promise<Repeatable | undefined> {
  const [row] = await sql<Repeatable>(
    target,
    `SELECT d.endpoint_id AS "endpointId", d.state, e.state = 'enabled' AND e.deleted_at IS NULL AS "isOpen",
       v.body IS NOT NULL AS "hasBody"
     FROM ${tables} WHERE d.id = $1 AND d.account_id = $2`,
    [deliveryId, accountId],
  );
  return row;
}

/** The endpoint's place in the ring must be locked. One in flight stays as it is. */
export async function makeDue(tx: EntityManager, deliveryId: string): Promise<void> {
  await sql(tx, `UPDATE delivery SET state = 'pending', next_attempt_at = now() WHERE id = $1 AND state <> 'leased'`, [
    deliveryId,
  ]);
}

function shown({ nextAttemptAt, createdAt, ...row }: DeliveryRow): Delivery {
  return { ...row, nextAttemptAt: nextAttemptAt?.toISOString() ?? null, createdAt: createdAt.toISOString() };
}
