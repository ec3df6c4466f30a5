import { isSuccess, type LookupInput, type LookupOutcome, type Step } from '@videoapi/provider-kit';
import { z } from 'zod';
import { auth } from './auth.js';

/** The largest page that there is. */
const pageSize = 100;
/** A conversation has eight calls at most. */
const mostPages = 5;
/** How long after a call its task may be missing from the list. A guess on the safe side. */
const settleMs = 60_000;
/** Between the provider's clocks. Milliseconds. */
const slackMs = 30_000;

const itemSchema = z.object({
  id: z.union([z.string().min(1), z.int().positive().transform(String)]),
  payload: z.string().nullish(),
  created_at: z.string().nullish(),
});
const listSchema = z.object({ tasks: z.array(itemSchema), next_page_token: z.string().nullish() });
type Item = z.output<typeof itemSchema>;

/**
 * Our attempt id stands in `payload`. Not found counts only when the list shows payloads at all, and was seen to its end
 * or, sorted newest first, to before the call began, by Vidu's own clock. It goes back seven days.
 */
export function* searchList({ reference, callAgeMs }: LookupInput): Step<LookupOutcome> {
  const seen: Item[] = [];
  let token: string | undefined;
  for (let page = 1; page <= mostPages; page += 1) {
    const query = { 'pager.pagesz': String(pageSize), ...(token !== undefined && { 'pager.page_token': token }) };
    const reply = yield { method: 'GET', path: '/tasks', query, auth };
    const list = isSuccess(reply) ? listSchema.safeParse(reply.body).data : undefined;
    if (list === undefined) return { outcome: 'cannot_tell', reason: `status ${reply.status}: not a list` };
    seen.push(...list.tasks);
    const found = list.tasks.find((task) => task.payload === reference);
    if (found !== undefined) return { outcome: 'found', handle: { id: found.id } };
    // Absent would mean to order it again: a list that leaves payloads out says nothing.
    if (list.tasks.some((task) => typeof task.payload !== 'string')) {
      return { outcome: 'cannot_tell', reason: 'the list shows tasks without their payload' };
    }
    token = list.next_page_token || undefined;
    const now = Date.parse(reply.headers['date'] ?? '');
    if (token === undefined || reaches(seen, now - callAgeMs - slackMs)) return { outcome: 'absent', settleMs };
  }
  return { outcome: 'cannot_tell', reason: 'the list is longer than what was read of it' };
}

/** Seen to be sorted newest first, and back beyond this moment. */
function reaches(items: readonly Item[], time: number): boolean {
  const times = items.map((item) => Date.parse(item.created_at ?? ''));
  const [newest, oldest] = [times.at(0), times.at(-1)];
  if (newest === undefined || oldest === undefined || newest === oldest) return false;
  return times.every((at, index) => at <= (times[index - 1] ?? at)) && oldest < time;
}
