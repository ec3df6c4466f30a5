import { type Call, isSuccess, type LookupInput, type LookupOutcome, type Step } from '@videoapi/provider-kit';
import { z } from 'zod';

const pageSize = 200;
/** The list takes one call a second; a conversation has eight at most. */
const mostPages = 3;
/** How long after a call its task may be missing from the list. A guess on the safe side. */
const settleMs = 60_000;
/** Between the provider's clocks, and for the seconds that `created_at` cuts off. Milliseconds. */
const slackMs = 30_000;

const itemSchema = z.object({
  id: z.string().min(1),
  created_at: z.number(),
  safety_identifier: z.string().nullish(),
});
const listSchema = z.object({ items: z.array(itemSchema), total: z.number().optional() });
type Item = z.output<typeof itemSchema>;

/**
 * Ark has no client reference and no idempotency key. Our attempt id stands in `safety_identifier` unless the request
 * names an end user, and then nothing can be told. Not found counts only when the list was seen to its end, or, sorted
 * newest first, to before the call began, by Ark's own clock.
 */
export function* searchList(input: LookupInput, { path, auth }: Pick<Call, 'path' | 'auth'>): Step<LookupOutcome> {
  const { reference, request, upstreamModel, callAgeMs } = input;
  if (request.endUserId !== undefined) {
    return { outcome: 'cannot_tell', reason: 'the end user stands where our reference would' };
  }
  const seen: Item[] = [];
  for (let page = 1; page <= mostPages; page += 1) {
    const query = { page_num: String(page), page_size: String(pageSize), 'filter.model': upstreamModel };
    const reply = yield { method: 'GET', path, query, auth };
    const list = isSuccess(reply) ? listSchema.safeParse(reply.body).data : undefined;
    if (list === undefined) return { outcome: 'cannot_tell', reason: `status ${reply.status}: not a list` };
    seen.push(...list.items);
    const found = list.items.find((item) => item.safety_identifier === reference);
    if (found !== undefined) return { outcome: 'found', handle: { id: found.id } };
    const now = Date.parse(reply.headers['date'] ?? '');
    if (list.items.length < pageSize || reaches(seen, now - callAgeMs - slackMs))
      return { outcome: 'absent', settleMs };
  }
  return { outcome: 'cannot_tell', reason: 'the list is longer than what was read of it' };
}

/** Seen to be sorted newest first, and back beyond this moment. */
function reaches(items: readonly Item[], time: number): boolean {
  const [newest, oldest] = [items.at(0), items.at(-1)];
  if (newest === undefined || oldest === undefined || newest.created_at === oldest.created_at) return false;
  const isSorted = items.every((item, index) => item.created_at <= (items[index - 1] ?? item).created_at);
  return isSorted && oldest.created_at * 1000 < time;
}
