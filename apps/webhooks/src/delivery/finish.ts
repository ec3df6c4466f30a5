import { inTransaction } from '@videoapi/database';
import { type DataSource } from 'typeorm';
import {
  disableEndpoint,
  type Disabled,
  type DisableReason,
  type Finished,
  readReceivers,
  writeFinished,
} from './finish.store.js';
import { lockRing } from './ring.js';
import { after, isHopeless, type Receiver } from './receiver.js';

/**
 * Writes down finished attempts: the deliveries whose lease is still theirs, the log, and how each receiver does. Repeating
 * the same items delivers nothing twice. How a receiver does is read without a lock: of two processes that write about the
 * same one at the same moment, one is forgotten, which statistics can bear and a locked ring cannot.
 * @returns the endpoints that this disabled
 */
export async function finish(source: DataSource, finished: readonly Finished[], now: Date): Promise<Disabled[]> {
  const byEndpoint = Map.groupBy(finished, ({ delivery }) => delivery.endpointId);
  const known = await readReceivers(source, [...byEndpoint.keys()]);
  const receivers = new Map(
    [...known].map(([endpointId, receiver]) => [endpointId, afterAll(receiver, byEndpoint.get(endpointId), now)]),
  );
  await writeFinished(source, finished, receivers);
  const disabled: Disabled[] = [];
  for (const [endpointId, receiver] of receivers) {
    const reason = disableReason(byEndpoint.get(endpointId), receiver, now);
    if (reason !== undefined) disabled.push(...(await disable(source, endpointId, reason)));
  }
  return disabled;
}

function afterAll(receiver: Receiver, attempts: readonly Finished[] = [], now: Date): Receiver {
  return attempts.reduce((current, { attempted }) => after(current, attempted, now), receiver);
}

function disableReason(attempts: readonly Finished[] = [], receiver: Receiver, now: Date): DisableReason | undefined {
  const outcomes = attempts.map(({ attempted }) => attempted.outcome);
  if (outcomes.some((outcome) => outcome.kind === 'answered' && outcome.status === 410)) return 'gone';
  if (outcomes.some((outcome) => outcome.kind === 'blocked')) return 'misconfigured';
  return isHopeless(receiver, now) ? 'failing' : undefined;
}

function disable(source: DataSource, endpointId: string, reason: DisableReason): Promise<Disabled[]> {
  return inTransaction(source, async (tx) => {
    await lockRing(tx, [endpointId]);
    return disableEndpoint(tx, endpointId, reason);
  });
}
