import { sql } from '@videoapi/database';
import { type EntityManager } from 'typeorm';
import { type NoteKind } from './notes.js';
import { type Flow } from './pick.js';
import { type ChannelNote, type Slot } from './slot.js';

/** Undefined: no such channel, or another dispatcher is on it. Tokens are as of now. */
export async function lockSlot(tx: EntityManager, channelId: string): Promise<{ slot: Slot; now: number } | undefined> {
  const [row] = await sql<SlotRow>(
    tx,
    `SELECT channel_id, slot_limit, in_use, vclock, alarm, breaker, breaker_opens, faults_in_row, window_calls, window_faults,
       refill_per_second, least(burst, tokens + refill_per_second * extract(epoch FROM now() - refilled_at))::float8 AS tokens,
       ${asMillis('not_before')} AS not_before, ${asMillis('breaker_until')} AS breaker_until,
       ${asMillis('window_from')} AS window_from, ${asMillis('now()')} AS now
     FROM provider_slot WHERE channel_id = $1 FOR UPDATE SKIP LOCKED`,
    [channelId],
  );
  return row && { slot: slotOf(row), now: row.now };
}

/** Takes what was left for the channel. A new statement after the lock, so that it sees all that was committed before. */
export async function takeNotes(tx: EntityManager, channelId: string): Promise<readonly ChannelNote[]> {
  const rows = await sql<{ kind: NoteKind; account_id: string | null; retry_after_ms: number | null }>(
    tx,
    `WITH taken AS (DELETE FROM channel_note WHERE channel_id = $1 RETURNING id, kind, account_id, retry_after_ms)
     SELECT kind, account_id, retry_after_ms FROM taken ORDER BY id`,
    [channelId],
  );
  return rows.map((row) => ({ kind: row.kind, accountId: row.account_id, retryAfterMs: row.retry_after_ms }));
}

export async function saveSlot(tx: EntityManager, slot: Slot): Promise<void> {
  const { breaker } = slot;
  await sql(
    tx,
    `UPDATE provider_slot SET in_use = $2, vclock = $3, tokens = $4, refilled_at = now(), not_before = ${asTime('$5')},
       breaker = $6, breaker_until = ${asTime('$7')}, breaker_opens = $8, faults_in_row = $9,
       window_from = ${asTime('$10')}, window_calls = $11, window_faults = $12, alarm = $13
     WHERE channel_id = $1`,
    [
      slot.channelId,
      slot.inUse,
      slot.vclock,
      slot.tokens,
      slot.notBefore,
      breaker.state,
      breaker.until,
      breaker.opens,
      breaker.faultsInRow,
      breaker.windowFrom,
      breaker.windowCalls,
      breaker.windowFaults,
      slot.alarm,
    ],
  );
}

/**
 * Brings flows up to date with the notes and returns those that may be served, the least served first. An account that was
 * idle starts at the channel's clock: it cannot save up turns.
 */
export async function settleFlows(
  tx: EntityManager,
  slot: Slot,
  changes: { readonly queued: ReadonlySet<string>; readonly returned: ReadonlyMap<string, number> },
  limit: number,
): Promise<readonly Flow[]> {
  const accounts = [...new Set([...changes.queued, ...changes.returned.keys()])];
  if (accounts.length > 0) {
    await sql(
      tx,
      `INSERT INTO flow (channel_id, account_id, vtime, active)
       SELECT $1, account_id, $2, queued FROM unnest($3::text[], $4::boolean[], $5::int[]) AS n (account_id, queued, returned)
       ON CONFLICT (channel_id, account_id) DO UPDATE SET
         inflight = greatest(0, flow.inflight - (SELECT returned FROM unnest($3::text[], $5::int[]) AS r (account_id, returned)
                                                 WHERE r.account_id = flow.account_id)),
         vtime = CASE WHEN excluded.active AND NOT flow.active THEN greatest(flow.vtime, $2) ELSE flow.vtime END,
         active = flow.active OR excluded.active, touched_at = now()`,
      [
        slot.channelId,
        slot.vclock,
        accounts,
        accounts.map((account) => changes.queued.has(account)),
        accounts.map((account) => changes.returned.get(account) ?? 0),
      ],
    );
  }
  if (limit <= 0) return [];
  const rows = await sql<FlowRow>(
    tx,
    `SELECT account_id, vtime, weight, inflight, cap FROM flow
     WHERE channel_id = $1 AND active AND (cap IS NULL OR inflight < cap) ORDER BY vtime, account_id LIMIT $2`,
    [slot.channelId, limit],
  );
  return rows.map(({ account_id: accountId, ...flow }) => ({ accountId, ...flow }));
}

/** Writes the outcome of a round; an account without anything queued stops taking part until something is. */
export async function saveFlows(
  tx: EntityManager,
  channelId: string,
  flows: readonly (Flow & { readonly isActive: boolean })[],
): Promise<void> {
  if (flows.length === 0) return;
  await sql(
    tx,
    `UPDATE flow SET vtime = n.vtime, inflight = n.inflight, active = n.active, touched_at = now()
     FROM unnest($2::text[], $3::float8[], $4::int[], $5::boolean[]) AS n (account_id, vtime, inflight, active)
     WHERE flow.channel_id = $1 AND flow.account_id = n.account_id`,
    [
      channelId,
      flows.map((flow) => flow.accountId),
      flows.map((flow) => flow.vtime),
      flows.map((flow) => flow.inflight),
      flows.map((flow) => flow.isActive),
    ],
  );
}

interface SlotRow {
  readonly channel_id: string;
  readonly slot_limit: number;
  readonly in_use: number;
  readonly vclock: number;
  readonly tokens: number;
  readonly refill_per_second: number;
  readonly not_before: number;
  readonly breaker: Slot['breaker']['state'];
  readonly breaker_until: number;
  readonly breaker_opens: number;
  readonly faults_in_row: number;
  readonly window_from: number;
  readonly window_calls: number;
  readonly window_faults: number;
  readonly alarm: Slot['alarm'];
  readonly now: number;
}

interface FlowRow {
  readonly account_id: string;
  readonly vtime: number;
  readonly weight: number;
  readonly inflight: number;
  readonly cap: number | null;
}

function slotOf(row: SlotRow): Slot {
  return {
    channelId: row.channel_id,
    limit: row.slot_limit,
    inUse: row.in_use,
    vclock: row.vclock,
    tokens: row.tokens,
    refillPerSecond: row.refill_per_second,
    notBefore: row.not_before,
    alarm: row.alarm,
    breaker: {
      state: row.breaker,
      until: row.breaker_until,
      opens: row.breaker_opens,
      faultsInRow: row.faults_in_row,
      windowFrom: row.window_from,
      windowCalls: row.window_calls,
      windowFaults: row.window_faults,
    },
  };
}

/** Milliseconds since the epoch; `-infinity` as 0, which JSON and arithmetic understand. */
function asMillis(expression: string): string {
  return `greatest(0, extract(epoch FROM greatest(${expression}, 'epoch'::timestamptz)) * 1000)::float8`;
}

function asTime(parameter: string): string {
  return `to_timestamp(${parameter}::float8 / 1000)`;
}
