import { sql } from '@videoapi/database';
import { type EntityManager } from 'typeorm';
import { type Leased } from './claim.js';
import { errorOf } from './outcome.js';
import { after, isHopeless, type Receiver } from './receiver.js';
import { type Verdict } from './schedule.js';
import { type Attempted } from './sender.js';

/** One attempt that is over, and what becomes of its delivery. */
export interface Finished {
  readonly delivery: Pick<Leased, 'id' | 'endpointId' | 'attempt'>;
  readonly token: string;
  readonly attempted: Attempted;
  readonly verdict: Verdict;
}

export type DisableReason = 'gone' | 'failing' | 'misconfigured';

export interface Disabled {
  readonly endpointId: string;
  readonly accountId: string;
  readonly url: string;
  readonly reason: DisableReason;
}

/**
 * Writes down finished attempts: the deliveries whose lease is still theirs, the log, and how each receiver does. Locks
 * the endpoints' places in the ring first, like everybody. Repeating the same items changes nothing.
 */
export async function finish(tx: EntityManager, finished: readonly Finished[], now: Date): Promise<Disabled[]> {
  const receivers = await lockReceivers(tx, [...new Set(finished.map(({ delivery }) => delivery.endpointId))]);
  const held = await settle(tx, finished);
  await log(tx, finished);
  const byEndpoint = Map.groupBy(
    finished.filter(({ delivery }) => held.has(delivery.id)),
    ({ delivery }) => delivery.endpointId,
  );
  const changed = [...byEndpoint].flatMap(([endpointId, attempts]) => {
    const receiver = receivers.get(endpointId);
    return receiver === undefined ? [] : [{ endpointId, attempts, receiver: afterAll(receiver, attempts, now) }];
  });
  await updateReceivers(tx, changed);
  const hopeless = changed.flatMap(({ endpointId, attempts, receiver }) => {
    const reason = disableReason(attempts, receiver, now);
    return reason === undefined ? [] : [{ endpointId, reason }];
  });
  const disabled = await Promise.all(hopeless.map(({ endpointId, reason }) => disable(tx, endpointId, reason)));
  return disabled.flat();
}

interface Changed {
  readonly endpointId: string;
  readonly attempts: readonly Finished[];
  readonly receiver: Receiver;
}

function afterAll(receiver: Receiver, attempts: readonly Finished[], now: Date): Receiver {
  return attempts.reduce((current, { attempted }) => after(current, attempted, now), receiver);
}

function disableReason(attempts: readonly Finished[], receiver: Receiver, now: Date): DisableReason | undefined {
  const outcomes = attempts.map(({ attempted }) => attempted.outcome);
  if (outcomes.some((outcome) => outcome.kind === 'answered' && outcome.status === 410)) return 'gone';
  if (outcomes.some((outcome) => outcome.kind === 'blocked')) return 'misconfigured';
  return isHopeless(receiver, now) ? 'failing' : undefined;
}

async function lockReceivers(tx: EntityManager, endpointIds: readonly string[]): Promise<Map<string, Receiver>> {
  const rows = await sql<Receiver & { endpointId: string }>(
    tx,
    {
      name: 'lock_receivers',
      text: `SELECT endpoint_id AS "endpointId", lane, cap, successes_in_row AS "successesInRow",
          timeouts_in_row AS "timeoutsInRow", window_from AS "windowFrom", window_sent AS "windowSent",
          window_failed AS "windowFailed", breaker_until AS "breakerUntil", breaker_opens AS "breakerOpens",
          failing_since AS "failingSince", failures, last_success_at AS "lastSuccessAt"
        FROM endpoint_queue WHERE endpoint_id = ANY($1) ORDER BY endpoint_id FOR UPDATE`,
    },
    [endpointIds],
  );
  return new Map(rows.map(({ endpointId, ...receiver }) => [endpointId, receiver]));
}

/** @returns the deliveries whose lease had not been lost */
async function settle(tx: EntityManager, finished: readonly Finished[]): Promise<Set<string>> {
  const rows = await sql<{ id: string }>(
    tx,
    {
      name: 'settle_deliveries',
      text: `UPDATE delivery d SET state = f.state, attempt = d.attempt + f.counted, lease_token = NULL, lease_until = NULL,
          next_attempt_at = now() + f.delay_ms * interval '1 ms', last_status = f.status, last_error = f.error
        FROM unnest($1::text[], $2::uuid[], $3::text[], $4::int[], $5::float8[], $6::smallint[], $7::text[])
          AS f (id, token, state, counted, delay_ms, status, error)
        WHERE d.id = f.id AND d.state = 'leased' AND d.lease_token = f.token
        RETURNING d.id`,
    },
    [
      finished.map(({ delivery }) => delivery.id),
      finished.map(({ token }) => token),
      finished.map(({ verdict }) => verdict.state),
      finished.map(({ verdict }) => (verdict.counted ? 1 : 0)),
      finished.map(({ verdict }) => (verdict.state === 'pending' ? verdict.delayMs : null)),
      finished.map(statusOf),
      finished.map(({ attempted }) => errorOf(attempted.outcome)),
    ],
  );
  return new Set(rows.map((row) => row.id));
}

/** Also of an attempt whose lease was lost: it did happen. */
async function log(tx: EntityManager, finished: readonly Finished[]): Promise<void> {
  const column = (value: (attempted: Attempted) => unknown) => finished.map(({ attempted }) => value(attempted));
  await sql(
    tx,
    {
      name: 'log_attempts',
      text: `INSERT INTO delivery_attempt
          (delivery_id, started_at, n, duration_ms, dns_ms, connect_ms, ttfb_ms, status, error, address, response_head)
        SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::smallint[], $4::int[], $5::int[], $6::int[], $7::int[],
          $8::smallint[], $9::text[], $10::text[], $11::text[])
        ON CONFLICT DO NOTHING`,
    },
    [
      finished.map(({ delivery }) => delivery.id),
      column(({ startedAt }) => startedAt.toISOString()),
      finished.map(({ delivery }) => delivery.attempt + 1),
      column(({ durationMs }) => durationMs),
      column(({ wire }) => wire?.dnsMs ?? null),
      column(({ wire }) => wire?.connectMs ?? null),
      column(({ wire }) => wire?.ttfbMs ?? null),
      finished.map(statusOf),
      column(({ outcome }) => errorOf(outcome)),
      column(({ wire }) => wire?.address ?? null),
      column(({ responseHead }) => responseHead ?? null),
    ],
  );
}

async function updateReceivers(tx: EntityManager, changed: readonly Changed[]): Promise<void> {
  if (changed.length === 0) return;
  const rows = changed.map(({ endpointId, attempts, receiver }) => {
    const delays = attempts.flatMap(({ verdict }) => (verdict.state === 'pending' ? [verdict.delayMs] : []));
    return {
      endpointId,
      done: attempts.length,
      dueInMs: delays.length === 0 ? null : Math.min(...delays),
      ...receiver,
    };
  });
  await sql(
    tx,
    {
      name: 'update_receivers',
      text: `UPDATE endpoint_queue q SET in_flight = greatest(0, q.in_flight - r.done),
          next_due_at = least(q.next_due_at, now() + r."dueInMs" * interval '1 ms'),
          lane = r.lane, cap = r.cap, successes_in_row = r."successesInRow", timeouts_in_row = r."timeoutsInRow",
          window_from = r."windowFrom", window_sent = r."windowSent", window_failed = r."windowFailed",
          breaker_until = r."breakerUntil", breaker_opens = r."breakerOpens", failing_since = r."failingSince",
          failures = r.failures, last_success_at = r."lastSuccessAt"
        FROM jsonb_to_recordset($1::jsonb) AS r ("endpointId" text, done int, "dueInMs" float8, lane text, cap int,
          "successesInRow" int, "timeoutsInRow" int, "windowFrom" timestamptz, "windowSent" int, "windowFailed" int,
          "breakerUntil" timestamptz, "breakerOpens" int, "failingSince" timestamptz, failures int,
          "lastSuccessAt" timestamptz)
        WHERE q.endpoint_id = r."endpointId"`,
    },
    [JSON.stringify(rows)],
  );
}

/** An origin that tasks name as they please is never disabled: one task's wrong URL must not silence the others. */
async function disable(tx: EntityManager, endpointId: string, reason: DisableReason): Promise<Disabled[]> {
  const disabled = await sql<Disabled>(
    tx,
    `UPDATE endpoint SET state = 'disabled', disabled_reason = $2
     WHERE id = $1 AND kind = 'account' AND state = 'enabled' AND deleted_at IS NULL
     RETURNING id AS "endpointId", account_id AS "accountId", url, disabled_reason AS reason`,
    [endpointId, reason],
  );
  if (disabled.length > 0) await discardPending(tx, endpointId, 'endpoint_disabled');
  return disabled;
}

/** The endpoint's place in the ring must be locked. */
export async function discardPending(tx: EntityManager, endpointId: string, why: string): Promise<void> {
  await sql(
    tx,
    `UPDATE delivery SET state = 'discarded', next_attempt_at = NULL, last_error = $2
     WHERE endpoint_id = $1 AND state = 'pending'`,
    [endpointId, why],
  );
}

function statusOf({ attempted: { outcome } }: Finished): number | null {
  return outcome.kind === 'answered' ? outcome.status : null;
}
