import { credits, type getWallet, type listEntries, type RpcResponse } from '@videoapi/contracts';
import { z } from 'zod';

/** A positive amount as a JSON number or a decimal string. */
export const toCredits = z
  .union([z.int().positive(), z.string().regex(/^[1-9]\d{0,15}$/)])
  .transform(String)
  .pipe(credits);

export const entriesPage = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  /** `last_id` of the page before. */
  before: z
    .string()
    .regex(/^\d{1,19}$/)
    .optional(),
});

/** `available` is what can be spent: the balance without what is held for tasks under way. */
export function fromWallet({ balance, held, available }: RpcResponse<typeof getWallet>) {
  return { balance: Number(balance), held: Number(held), available: Number(available) };
}

export function fromEntries({ entries, hasMore }: RpcResponse<typeof listEntries>) {
  return {
    object: 'list',
    data: entries.map((entry) => ({
      id: entry.version,
      kind: entry.kind,
      amount: Number(entry.amount),
      available_after: Number(entry.availableAfter),
      reserved_after: Number(entry.reservedAfter),
      reference: entry.reference,
      created_at: entry.createdAt,
    })),
    last_id: entries.at(-1)?.version ?? null,
    has_more: hasMore,
  };
}
