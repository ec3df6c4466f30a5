import { callbackReceived } from '@videoapi/contracts';
import { claimInbox, insertOutbox, sql } from '@videoapi/database';
import { eventMessage } from '@videoapi/messaging';
import { type EntityManager } from 'typeorm';
import { type InboundCallback, keptHeaders } from './callback.js';

type State = 'accepted' | 'duplicate' | 'rejected';

/** Consumer name of the inbox rows that tell a message from its repeats. */
const inboxName = 'callback';

/**
 * Stores callbacks and, for each that is neither forged nor a repeat, the wake-up for the orchestrator. Repeating the same
 * items changes nothing.
 * @returns how many wake-ups were written
 */
export async function storeCallbacks(tx: EntityManager, callbacks: readonly InboundCallback[]): Promise<number> {
  const genuine = callbacks.filter((callback) => callback.trust !== 'forged');
  const unseen = await claimInbox(tx, inboxName, [...new Set(genuine.map(keyOf))]);
  const stored = callbacks.map((callback) => {
    const state: State =
      callback.trust === 'forged' ? 'rejected' : unseen.delete(keyOf(callback)) ? 'accepted' : 'duplicate';
    return { callback, state };
  });
  await insertCallbacks(tx, stored);
  const accepted = stored.filter(({ state }) => state === 'accepted').map(({ callback }) => callback);
  await insertOutbox(tx, accepted.map(wakeUp));
  return accepted.length;
}

function keyOf({ attemptId, digest }: InboundCallback): string {
  return `${attemptId}:${digest}`;
}

async function insertCallbacks(
  tx: EntityManager,
  rows: readonly { callback: InboundCallback; state: State }[],
): Promise<void> {
  const column = (value: (callback: InboundCallback) => unknown) => rows.map(({ callback }) => value(callback));
  await sql(
    tx,
    `INSERT INTO inbound_callback
       (id, provider, attempt_id, method, query, headers, body, digest, source_ip, trust, state, received_at)
     SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::jsonb[], $7::bytea[],
       $8::text[], $9::text[], $10::text[], $11::text[], $12::timestamptz[])
     ON CONFLICT (id) DO NOTHING`,
    [
      column(({ id }) => id),
      column(({ provider }) => provider),
      column(({ attemptId }) => attemptId),
      column(({ raw }) => raw.method),
      column(({ raw }) => raw.query),
      column(({ raw }) => JSON.stringify(keptHeaders(raw.headers))),
      rows.map(({ callback, state }) => (state === 'duplicate' ? null : callback.body)),
      column(({ digest }) => digest),
      column(({ sourceIp }) => sourceIp),
      column(({ trust }) => trust),
      rows.map(({ state }) => state),
      column(({ receivedAt }) => receivedAt.toISOString()),
    ],
  );
}

function wakeUp({ id, provider, attemptId, trust, upstreamId, receivedAt }: InboundCallback) {
  return eventMessage(callbackReceived, {
    id,
    key: attemptId,
    occurredAt: receivedAt,
    data: {
      callbackId: id,
      provider,
      attemptId,
      trust: trust === 'signed' ? 'signed' : 'hint',
      ...(upstreamId !== undefined && { upstreamId }),
    },
  });
}
