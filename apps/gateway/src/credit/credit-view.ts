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

const amount = z.int().nonnegative();

/** `available` is what can be spent: the balance without what is held for tasks under way. */
export const wallet = z.object({ balance: amount, held: amount, available: amount }).meta({ id: 'Credits' });

export const entries = z
  .object({
    object: z.literal('list'),
    data: z.array(
      z.object({
        id: z.string(),
        kind: z.string().describe('`grant`, `hold`, `settle`, `release`, `refund`…'),
        amount: z.int(),
        available_after: amount,
        reserved_after: amount,
        reference: z.string().nullable().describe('The task or payment that it is about.'),
        created_at: z.iso.datetime({ offset: true }),
      }),
    ),
    last_id: z.string().nullable(),
    has_more: z.boolean(),
  })
  .meta({ id: 'CreditEntries' });

export function fromWallet(given: RpcResponse<typeof getWallet>): z.output<typeof wallet> {
  return { balance: Number(given.balance), held: Number(given.held), available: Number(given.available) };
}

export function fromEntries(page: RpcResponse<typeof listEntries>): z.output<typeof entries> {
  return {
    object: 'list',
    data: page.entries.map((entry) => ({
      id: entry.version,
      kind: entry.kind,
      amount: Number(entry.amount),
      available_after: Number(entry.availableAfter),
      reserved_after: Number(entry.reservedAfter),
      reference: entry.reference,
      created_at: entry.createdAt,
    })),
    last_id: page.entries.at(-1)?.version ?? null,
    has_more: page.hasMore,
  };
}
