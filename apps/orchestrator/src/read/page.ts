/** Of a page: what NATS carries in one message, less what is around it. */
const mostBytes = 900_000;

/**
 * The first `limit` of what was found, or fewer where they would not fit into one answer; the rest is asked for as any next
 * page is. At least one, so that whoever pages gets on.
 */
export function pageOf<Entry>(found: readonly Entry[], limit: number): { tasks: Entry[]; hasMore: boolean } {
  const tasks: Entry[] = [];
  let bytes = 0;
  for (const entry of found.slice(0, limit)) {
    bytes += Buffer.byteLength(JSON.stringify(entry)) + 1;
    if (bytes > mostBytes && tasks.length > 0) break;
    tasks.push(entry);
  }
  return { tasks, hasMore: found.length > tasks.length };
}
