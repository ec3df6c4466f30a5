import { Logger } from '@nestjs/common';
import { type Nats } from './nats.js';
import { type Parking } from './parking.js';
import { isOutOfReach, isStreamMissing, store } from './store.js';

export interface OutboxRow {
  readonly id: string;
  readonly key: string;
  readonly message_id: string;
  readonly subject: string;
  readonly headers: Readonly<Record<string, string>> | null;
  readonly body: string;
  readonly age_ms: number;
}

export interface BatchOutcome {
  /** Row ids that the stream has acknowledged. */
  readonly published: string[];
  /** Nobody answers: the rest of the batch was not tried. */
  readonly unreachable: boolean;
}

interface Refusal {
  readonly row: OutboxRow;
  readonly error: unknown;
}

/** More gain nothing: one Node process is at its limit by then. */
const window = 64;
const log = new Logger('outbox');

/**
 * Publishes rows given in id order: keys side by side, the rows of one key one after another. A key whose message is
 * refused (no stream takes it, the stream is full, it is too large) is parked with all its rows, and the others go on.
 */
export async function publishInOrder(nats: Nats, rows: readonly OutboxRow[], parking: Parking): Promise<BatchOutcome> {
  const published: string[] = [];
  const refusals: Refusal[] = [];
  let unreachable = false;

  const chains = Map.groupBy(rows, ({ key }) => key).values();
  async function work(): Promise<void> {
    for (const chain of chains) {
      for (const row of chain) {
        if (unreachable || !(await publish(row))) break;
        published.push(row.id);
      }
    }
  }

  async function publish(row: OutboxRow): Promise<boolean> {
    const { message_id: id, subject, body, headers } = row;
    try {
      await store(nats, { id, subject, body, headers: headers ?? {} });
      parking.release(row.key);
      return true;
    } catch (error) {
      unreachable ||= isOutOfReach(error) || !nats.connected;
      if (!unreachable) refusals.push({ row, error });
      return false;
    }
  }

  await Promise.all(Array.from({ length: Math.min(window, rows.length) }, work));
  await park(nats, refusals, parking);
  return { published, unreachable };
}

async function park(nats: Nats, refusals: readonly Refusal[], parking: Parking): Promise<void> {
  const [first] = refusals;
  if (first === undefined) return;
  for (const { row } of refusals) parking.park(row.key, Date.now(), row.age_ms);
  const { id: outboxId, subject, age_ms: ageMs } = first.row;
  log.error({
    event: 'outbox_publish_failed',
    refused: refusals.length,
    outboxId,
    subject,
    ageMs: Math.round(ageMs),
    err: first.error,
  });
  // Should that fail too, these rows fail again, and are logged again.
  if (refusals.some(({ error }) => isStreamMissing(error))) await nats.ensureStreams().catch(() => undefined);
}
