import { jsonRows, sql } from '@videoapi/database';
import { type DataSource, type EntityManager } from 'typeorm';
import { type Leased } from './claim.js';
import { errorOf } from './outcome.js';
import { type Receiver } from './receiver.js';
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

export async function readReceivers(
  source: DataSource,
  endpointIds: readonly string[],
): Promise<Map<string, Receiver>> {
  const rows = await sql<Receiver & { endpointId: string }>(
    source,
    `SELECT endpoint_id AS "endpointId", lane, cap, successes_in_row AS "successesInRow",
       timeouts_in_row AS "timeoutsInRow", window_from AS "windowFrom", window_sent AS "windowSent",
       window_failed AS "windowFailed", breaker_until AS "breakerUntil", breaker_opens AS "breakerOpens",
       failing_since AS "failingSince", failures, last_success_at AS "lastSuccessAt"
     FROM endpoint_queue WHERE endpoint_id = ANY($1)`,
    [endpointIds],
  );
  return new Map(rows.map(({ endpointId, ...receiver }) => [endpointId, receiver]));
}

const attemptColumns = {
  id: 'text',
  token: 'uuid',
  state: 'text',
  counted: 'int',
  delayMs: 'float8',
  status: 'smallint',
  error: 'text',
  startedAt: 'timestamptz',
  n: 'smallint',
  durationMs: 'int',
  dnsMs: 'int',
  connectMs: 'int',
  ttfbMs: 'int',
  address: 'text',
  head: 'text',
} as const;

const receiverColumns = {
  endpointId: 'text',
  lane: 'text',
  cap: 'int',
  successesInRow: 'int',
  timeoutsInRow: 'int',
  windowFrom: 'timestamptz',
  windowSent: 'int',
  windowFailed: 'int',
  breakerUntil: 'timestamptz',
  breakerOpens: 'int',
  failingSince: 'timestamptz',
  failures: 'int',
  lastSuccessAt: 'timestamptz',
} as const;

// The log has every attempt, also one whose lease was lost: it did happen. The ring is locked last, in everybody's order.
// What a crash of the server undoes is sent once more with the same id, which is what at-least-once means: no need to wait
// for the disk.
const write = `WITH f AS MATERIALIZED (
      SELECT * FROM ${jsonRows('$1', attemptColumns)} AS f),
    held AS (
      UPDATE delivery d SET state = f.state, attempt = d.attempt + f.counted, lease_token = NULL, lease_until = NULL,
        next_attempt_at = now() + f."delayMs" * interval '1 ms', last_status = f.status, last_error = f.error
      FROM f WHERE d.id = f.id AND d.state = 'leased' AND d.lease_token = f.token
      RETURNING d.endpoint_id, d.next_attempt_at),
    logged AS (
      INSERT INTO delivery_attempt
        (delivery_id, started_at, n, duration_ms, dns_ms, connect_ms, ttfb_ms, status, error, address, response_head)
      SELECT id, "startedAt", n, "durationMs", "dnsMs", "connectMs", "ttfbMs", status, error, address, head FROM f
      ON CONFLICT DO NOTHING),
    freed AS MATERIALIZED (
      SELECT endpoint_id, count(*) AS done, min(next_attempt_at) AS due FROM held GROUP BY endpoint_id),
    ring AS MATERIALIZED (
      SELECT endpoint_id FROM endpoint_queue WHERE endpoint_id = ANY($2) ORDER BY endpoint_id FOR UPDATE)
    UPDATE endpoint_queue q SET in_flight = greatest(0, q.in_flight - coalesce(freed.done, 0)),
      next_due_at = least(q.next_due_at, freed.due),
      lane = r.lane, cap = r.cap, successes_in_row = r."successesInRow", timeouts_in_row = r."timeoutsInRow",
      window_from = r."windowFrom", window_sent = r."windowSent", window_failed = r."windowFailed",
      breaker_until = r."breakerUntil", breaker_opens = r."breakerOpens", failing_since = r."failingSince",
      failures = r.failures, last_success_at = r."lastSuccessAt"
    FROM ring LEFT JOIN freed USING (endpoint_id)
    JOIN ${jsonRows('$3', receiverColumns)} AS r
      ON r."endpointId" = ring.endpoint_id
    WHERE q.endpoint_id = ring.endpoint_id
    RETURNING set_config('synchronous_commit', 'off', true)`;

export async function writeFinished(
  source: DataSource,
  finished: readonly Finished[],
  receivers: ReadonlyMap<string, Receiver>,
): Promise<void> {
  const rows = finished.map(({ delivery, token, attempted, verdict }) => ({
    id: delivery.id,
    token,
    state: verdict.state,
    counted: verdict.counted ? 1 : 0,
    delayMs: verdict.state === 'pending' ? verdict.delayMs : null,
    n: delivery.attempt + 1,
    ...logOf(attempted),
  }));
  const health = [...receivers].map(([endpointId, receiver]) => ({ endpointId, ...receiver }));
  await sql(source, write, [JSON.stringify(rows), [...receivers.keys()], JSON.stringify(health)]);
}

function logOf({ outcome, startedAt, durationMs, wire, responseHead }: Attempted) {
  const status = outcome.kind === 'answered' ? outcome.status : null;
  return { status, error: errorOf(outcome), startedAt, durationMs, ...wire, head: responseHead };
}

/**
 * The endpoint's place in the ring must be locked. An origin that tasks name as they please is never disabled: one task's
 * wrong URL must not silence the others.
 */
export async function disableEndpoint(
  tx: EntityManager,
  endpointId: string,
  reason: DisableReason,
): Promise<Disabled[]> {
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
