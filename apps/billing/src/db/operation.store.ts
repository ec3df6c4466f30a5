import { AppError } from '@videoapi/contracts';
import { sql } from '@videoapi/database';
import { createHash } from 'node:crypto';
import { type EntityManager } from 'typeorm';
import { type z } from 'zod';

export interface Operation<Result extends z.ZodType> {
  /** `<operation>:<key of the caller>`, where the caller's is a payment id or an admin's operation id. */
  readonly ref: string;
  /** What makes two requests the same. */
  readonly args: readonly unknown[];
  readonly result: Result;
}

/**
 * Does `work` once per ref: a repeat gets the stored result, the same ref with other arguments is a `conflict`. Of two at
 * the same time, the second waits for the first one's commit.
 */
export async function once<Result extends z.ZodType>(
  tx: EntityManager,
  { ref, args, result }: Operation<Result>,
  work: () => Promise<z.output<Result>>,
): Promise<z.output<Result>> {
  const argsHash = createHash('sha256').update(JSON.stringify(args)).digest('hex').slice(0, 32);
  const claimed = await sql(tx, claim, [ref, argsHash]);
  if (claimed.length === 0) {
    const [found] = await sql<{ argsHash: string | null; result: unknown }>(tx, stored, [ref]);
    if (found?.argsHash === argsHash) return result.parse(found.result);
    throw new AppError('conflict', 'This key was used with other arguments', { param: 'key' });
  }
  const done = await work();
  await sql(tx, 'UPDATE ledger_op SET result = $2 WHERE key = $1', [ref, JSON.stringify(done)]);
  return done;
}

const claim = `
INSERT INTO ledger_op (key, op, args_hash) VALUES ($1::text, split_part($1, ':', 1), $2)
ON CONFLICT DO NOTHING RETURNING key`;
const stored = 'SELECT args_hash AS "argsHash", result FROM ledger_op WHERE key = $1';
