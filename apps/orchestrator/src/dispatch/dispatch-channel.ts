import { type EntityManager } from 'typeorm';
import { type CatalogSnapshot } from '../catalog/snapshot.js';
import { type Applied, type Observed } from '../engine/applied.js';
import { type Breaker } from './breaker.js';
import { type Flow, pick } from './pick.js';
import { channelsWithRoom, findQueued, type QueuedCandidate, servableBy } from './queue.store.js';
import {
  type AlarmTurn,
  alarmTurn,
  type ChannelNote,
  closedFor,
  digestNotes,
  freeSlots,
  type Slot,
  takeUp,
} from './slot.js';
import { lockSlot, saveFlows, saveSlot, settleFlows, takeNotes } from './slot.store.js';

/** The most tasks one transaction starts. */
const mostAtOnce = 128;

export interface DispatchContext {
  readonly snapshot: CatalogSnapshot;
  /** Applies `dispatched` to the picked tasks and answers which of them were still waiting. */
  readonly apply: (tx: EntityManager, items: readonly Observed[]) => Promise<readonly Applied[]>;
  readonly newId: () => string;
  readonly random: () => number;
}

export interface DispatchResult {
  /** Another dispatcher held the channel; it may have looked before our task was there. */
  readonly isBusy: boolean;
  /** For so long, in milliseconds, nothing can be started, unless a slot is given back or a report says otherwise. */
  readonly closedForMs: number;
  readonly started: number;
  /** There may be more to start at once. */
  readonly isMore: boolean;
  readonly notes: readonly ChannelNote[];
  /** The breaker after the notes, when they have turned it. */
  readonly turned?: Breaker['state'];
  readonly alarm?: AlarmTurn;
}

/**
 * Starts what the channel has room for, in the fair order, in the given transaction. The slot row is locked first and only
 * here; flows belong to whoever holds it. The picked tasks are locked by `apply`, in id order, last.
 */
export async function dispatchChannel(
  tx: EntityManager,
  channelId: string,
  context: DispatchContext,
): Promise<DispatchResult> {
  const locked = await lockSlot(tx, channelId);
  if (locked === undefined) return { isBusy: true, closedForMs: 0, started: 0, isMore: false, notes: [] };
  const notes = await takeNotes(tx, channelId);
  const digest = digestNotes(locked.slot, notes, locked.now, context.random);
  const free = Math.min(freeSlots(digest.slot, locked.now), mostAtOnce);
  const flows = await settleFlows(tx, digest.slot, digest, free);
  const round = await serve(tx, channelId, { slot: digest.slot, flows, free }, context);
  const slot = takeUp(round.slot, round.started, locked.now);
  if (notes.length > 0 || round.started > 0) await saveSlot(tx, slot);
  const closedForMs = closedFor(slot, locked.now);
  const { state } = digest.slot.breaker;
  const alarm = alarmTurn(locked.slot.alarm, digest.slot.alarm);
  return {
    isBusy: false,
    closedForMs,
    started: round.started,
    isMore: round.isMore,
    notes,
    ...(state !== locked.slot.breaker.state && { turned: state }),
    ...(alarm !== undefined && { alarm }),
  };
}

/** One round: look at the queues, pick, start. Accounts with nothing for this channel leave the ring. */
async function serve(
  tx: EntityManager,
  channelId: string,
  channel: { readonly slot: Slot; readonly flows: readonly Flow[]; readonly free: number },
  context: DispatchContext,
): Promise<{ slot: Slot; started: number; isMore: boolean }> {
  const { slot, flows, free } = channel;
  if (flows.length === 0) return { slot, started: 0, isMore: false };
  const room = await channelsWithRoom(tx);
  const servables = servableBy(channelId, context.snapshot, (id) => room.has(id));
  const looked = Math.ceil((2 * free) / flows.length);
  const accounts = flows.map((flow) => flow.accountId);
  const found = await findQueued(tx, channelId, { accounts, servables, looked });
  const queues = Map.groupBy(found, (candidate) => candidate.accountId);
  const round = pick(flows, mapValues(queues, asCandidates), { free, vclock: slot.vclock, looked });

  const details = new Map(found.map((candidate) => [candidate.taskId, candidate]));
  const orders = round.picked.flatMap(({ taskId }) => details.get(taskId) ?? []);
  const started = await start(tx, channelId, orders, context);
  const lost = orders.length - started.length;
  await saveFlows(
    tx,
    channelId,
    round.flows.map((flow) => ({
      ...flow,
      inflight: flow.inflight - countOf(orders, flow.accountId) + countOf(started, flow.accountId),
      isActive:
        (queues.get(flow.accountId) ?? []).length > countOf(orders, flow.accountId) ||
        mayHaveMore(queues, flow, looked),
    })),
  );
  const isMore = round.isCutShort || lost > 0 || (orders.length === free && free === mostAtOnce);
  return { slot: { ...slot, vclock: round.vclock }, started: started.length, isMore };
}

async function start(
  tx: EntityManager,
  channelId: string,
  orders: readonly QueuedCandidate[],
  { snapshot, apply, newId }: DispatchContext,
): Promise<readonly QueuedCandidate[]> {
  const adapter = snapshot.channel(channelId);
  const lane = snapshot.lane(channelId);
  if (orders.length === 0 || adapter === undefined || lane === undefined) return [];
  const applied = await apply(
    tx,
    orders.map(({ taskId, servable }) => ({
      taskId,
      observation: {
        kind: 'dispatched',
        attempt: { id: newId(), channelId, provider: adapter.provider, lane, upstreamModel: servable.upstreamModel },
      },
    })),
  );
  const changed = new Set(applied.filter((entry) => entry.isChanged).map((entry) => entry.taskId));
  return orders.filter((order) => changed.has(order.taskId));
}

function mayHaveMore(queues: ReadonlyMap<string, readonly unknown[]>, flow: Flow, looked: number): boolean {
  return queues.get(flow.accountId)?.length === looked;
}

function countOf(entries: readonly { readonly accountId: string }[], accountId: string): number {
  return entries.filter((entry) => entry.accountId === accountId).length;
}

function asCandidates(entries: readonly QueuedCandidate[]) {
  return entries.map(({ taskId, servable }) => ({ taskId, cost: servable.cost }));
}

function mapValues<Key, Value, Result>(
  map: ReadonlyMap<Key, Value>,
  change: (value: Value) => Result,
): Map<Key, Result> {
  return new Map([...map].map(([key, value]) => [key, change(value)]));
}
