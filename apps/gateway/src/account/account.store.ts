import { accountChanged, AppError } from '@videoapi/contracts';
import { insertOutbox, sql } from '@videoapi/database';
import { eventMessage } from '@videoapi/messaging';
import { randomUUID } from 'node:crypto';
import { type DataSource, type EntityManager } from 'typeorm';

export interface AccountRow {
  readonly id: string;
  readonly name: string;
  readonly status: 'active' | 'disabled';
  readonly requests_per_minute: number | null;
  readonly max_queued: number | null;
  readonly max_concurrent: number | null;
  readonly created_at: Date;
}

export interface AccountLimits {
  readonly requestsPerMinute: number | null;
  readonly maxQueued: number | null;
  readonly maxConcurrent: number | null;
}

const columns = 'id, name, status, requests_per_minute, max_queued, max_concurrent, created_at';

/** Undefined when the id is taken. */
export async function insertAccount(
  tx: EntityManager,
  account: { readonly id: string; readonly name: string } & AccountLimits,
): Promise<AccountRow | undefined> {
  const [row] = await sql<AccountRow>(
    tx,
    `INSERT INTO account (id, name, requests_per_minute, max_queued, max_concurrent) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (id) DO NOTHING RETURNING ${columns}`,
    [account.id, account.name, account.requestsPerMinute, account.maxQueued, account.maxConcurrent],
  );
  return row;
}

/** Newest first; `after` is the last id of the page before. */
export function listAccounts(source: DataSource, limit: number, after: string | undefined): Promise<AccountRow[]> {
  const page = (where: string) => `SELECT ${columns} FROM account ${where} ORDER BY created_at DESC, id DESC LIMIT $1`;
  return after === undefined
    ? sql(source, page(''), [limit])
    : sql(source, page('WHERE (created_at, id) < (SELECT created_at, id FROM account WHERE id = $2)'), [limit, after]);
}

export async function findAccount(tx: EntityManager | DataSource, id: string): Promise<AccountRow> {
  const [row] = await sql<AccountRow>(tx, `SELECT ${columns} FROM account WHERE id = $1`, [id]);
  if (row === undefined) throw accountNotFound();
  return row;
}

/** Changes it and tells every gateway to forget the keys that it remembers. */
export async function setAccountStatus(
  tx: EntityManager,
  id: string,
  status: AccountRow['status'],
): Promise<AccountRow> {
  const [row] = await sql<AccountRow>(tx, `UPDATE account SET status = $2 WHERE id = $1 RETURNING ${columns}`, [
    id,
    status,
  ]);
  if (row === undefined) throw accountNotFound();
  const fact = { id: randomUUID(), key: id, data: { accountId: id }, occurredAt: new Date() };
  await insertOutbox(tx, [eventMessage(accountChanged, fact)]);
  return row;
}

function accountNotFound(): AppError {
  return new AppError('not_found', 'There is no such account.');
}
