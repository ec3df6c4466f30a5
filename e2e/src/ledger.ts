import { type DevFile, query } from './stack.js';

export interface Wallet {
  readonly available: number;
  readonly reserved: number;
  readonly granted: number;
  readonly settled: number;
}

/** An account's wallet, straight from SQL. Undefined: it never held anything. */
export async function wallet(stack: DevFile, accountId: string): Promise<Wallet | undefined> {
  const [row] = await query<Record<keyof Wallet, string>>(
    stack,
    'billing',
    'SELECT available, reserved, granted, settled FROM wallet WHERE account_id = $1',
    [accountId],
  );
  return (
    row && {
      available: Number(row.available),
      reserved: Number(row.reserved),
      granted: Number(row.granted),
      settled: Number(row.settled),
    }
  );
}

export async function entryCount(stack: DevFile, accountId: string): Promise<number> {
  const [row] = await query<{ count: string }>(
    stack,
    'billing',
    'SELECT count(*) FROM entry e JOIN wallet w ON w.id = e.wallet_id WHERE w.account_id = $1',
    [accountId],
  );
  return Number(row?.count);
}

/** What a task has moved, in order. */
export async function entriesOf(stack: DevFile, taskId: string): Promise<{ kind: string; amount: number }[]> {
  const rows = await query<{ kind: string; amount: string }>(
    stack,
    'billing',
    'SELECT kind, amount FROM entry WHERE ref = $1 ORDER BY version',
    [taskId],
  );
  return rows.map(({ kind, amount }) => ({ kind, amount: Number(amount) }));
}

/** What an account's credits have done, by kind of movement. */
export async function movements(
  stack: DevFile,
  accountId: string,
): Promise<Record<string, { entries: number; tasks: number; amount: number }>> {
  const rows = await query<Record<'kind' | 'entries' | 'tasks' | 'amount', string>>(
    stack,
    'billing',
    `SELECT e.kind, count(*) AS entries, count(DISTINCT e.ref) AS tasks, sum(e.amount) AS amount
     FROM entry e JOIN wallet w ON w.id = e.wallet_id WHERE w.account_id = $1 GROUP BY e.kind`,
    [accountId],
  );
  return Object.fromEntries(
    rows.map(({ kind, entries, tasks, amount }) => [
      kind,
      { entries: Number(entries), tasks: Number(tasks), amount: Number(amount) },
    ]),
  );
}

/** Credits that broke a law of the ledger; empty when all is well. */
export async function imbalances(stack: DevFile): Promise<object[]> {
  return query(
    stack,
    'billing',
    `SELECT 'wallet' AS law, w.id::text AS id FROM wallet w
       WHERE available + reserved + settled + expired + clawed <> granted OR available < 0 OR reserved < 0
     UNION ALL SELECT 'version', w.id::text FROM wallet w
       WHERE version <> (SELECT count(*) FROM entry e WHERE e.wallet_id = w.id)
     UNION ALL SELECT 'lots', w.id::text FROM wallet w
       WHERE available <> (SELECT coalesce(sum(remaining), 0) FROM credit_lot l WHERE l.wallet_id = w.id)
     UNION ALL SELECT 'reserved', w.id::text FROM wallet w
       WHERE reserved <> (SELECT coalesce(sum(amount), 0) FROM hold h WHERE h.wallet_id = w.id AND h.status = 'open')
     UNION ALL SELECT 'once', h.id FROM hold h WHERE h.status IN ('settled', 'released')
       AND (SELECT coalesce(sum(e.amount), 0) FROM entry e WHERE e.wallet_id = h.wallet_id AND e.ref = h.id AND e.kind IN ('settle', 'release')) <> h.amount`,
  );
}

/** Holds of an account by how they ended. */
export async function holds(stack: DevFile, accountId: string): Promise<Record<string, number>> {
  const rows = await query<{ status: string; count: string }>(
    stack,
    'billing',
    'SELECT h.status, count(*) FROM hold h JOIN wallet w ON w.id = h.wallet_id WHERE w.account_id = $1 GROUP BY 1',
    [accountId],
  );
  return Object.fromEntries(rows.map((row) => [row.status, Number(row.count)]));
}
