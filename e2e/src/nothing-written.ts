import { type DevFile, query } from './stack.js';

/** Makes the call, and expects every row of the account, of its money, its tasks and its files, to be as it was before. */
export async function nothingWritten<Result>(
  stack: DevFile,
  accountId: string,
  call: () => Promise<Result>,
): Promise<Result> {
  const before = await rowsOf(stack, accountId);
  const result = await call();
  expect(await rowsOf(stack, accountId)).toEqual(before);
  return result;
}

/** Tasks and reservations, of whatever account, whose request has this text in it. */
export async function tasksThatSay(stack: DevFile, text: string): Promise<object[]> {
  return query(
    stack,
    'orchestrator',
    `SELECT id FROM task WHERE position($1 IN resolved::text) > 0
     UNION ALL SELECT id FROM reservation WHERE position($1 IN task::text) > 0`,
    [text],
  );
}

async function rowsOf(stack: DevFile, accountId: string): Promise<Record<string, readonly object[]>> {
  const tables = statements.map(async ([table, service, text]) => {
    return [table, await query(stack, service, text, [accountId])] as const;
  });
  return Object.fromEntries(await Promise.all(tables));
}

const statements = [
  ['wallet', 'billing', 'SELECT * FROM wallet WHERE account_id = $1'],
  ['entry', 'billing', ofWallet('entry', 'version')],
  ['hold', 'billing', ofWallet('hold', 'id')],
  ['task', 'orchestrator', 'SELECT id, version FROM task WHERE account_id = $1 ORDER BY id'],
  ['reservation', 'orchestrator', 'SELECT id FROM reservation WHERE account_id = $1 ORDER BY id'],
  ['media', 'uploads', 'SELECT id, state FROM media WHERE account_id = $1 ORDER BY id'],
] as const;

function ofWallet(table: string, key: string): string {
  return `SELECT t.* FROM ${table} t JOIN wallet w ON w.id = t.wallet_id WHERE w.account_id = $1 ORDER BY t.${key}`;
}
