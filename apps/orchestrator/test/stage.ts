import { randomUUID } from 'node:crypto';
import { attemptObserved, type catalog, type Task } from '@videoapi/contracts';
import { sql } from '@videoapi/database';
import { type z } from 'zod';
import { Dispatcher } from '../src/dispatch/dispatcher.service.js';
import { type Submitting } from './neighbours.js';
import { startWorld, type World } from './world.js';

const address = { provider: 'simulator', baseUrl: 'http://127.0.0.1:1' };
const model = {
  name: 'Model',
  capabilities: {
    types: ['text-to-video' as const],
    resolutions: ['240p'],
    durations: { min: 1, max: 60 },
    aspectRatios: ['16:9'],
  },
  defaults: { resolution: '240p', duration: 5, aspectRatio: '16:9' },
  price: { mode: 'per_call' as const, credits: 10 },
  // Nobody polls within a test: what providers say comes from the test alone.
  p50Seconds: 60,
};
const routeTo = (channel: string, priority = 0) => ({ channel, upstreamModel: 'up', priority });

/** A model or two for each test, so that none meets the tasks of another. */
const channels: z.input<typeof catalog> = {
  sandboxChannel: 'sandbox',
  channels: [
    { id: 'sandbox', ...address },
    { id: 'wide', ...address, slots: 7 },
    { id: 'narrow', ...address, slots: 3 },
    { id: 'single', ...address, slots: 1 },
    { id: 'leaky', ...address, slots: 2 },
    { id: 'brimful', ...address, slots: 1 },
    { id: 'locked', ...address, slots: 1 },
    { id: 'crowded', ...address, slots: 4 },
  ],
  models: [
    { ...model, id: 'either', routes: [routeTo('wide'), routeTo('narrow')] },
    { ...model, id: 'narrow-only', routes: [routeTo('narrow')] },
    { ...model, id: 'single-only', routes: [routeTo('single')] },
    { ...model, id: 'leaky-only', routes: [routeTo('leaky')] },
    { ...model, id: 'brimful-only', routes: [routeTo('brimful')] },
    { ...model, id: 'locked-only', routes: [routeTo('locked')] },
    { ...model, id: 'crowded-only', routes: [routeTo('crowded')] },
  ],
};

export interface Stage {
  readonly world: World;
  readonly dispatchers: readonly Dispatcher[];
  create(modelId: string, accountId?: string): Promise<Task>;
  /** What the provider says of an attempt that holds a slot. */
  report(submitting: Submitting, state: 'succeeded' | 'failed'): Promise<void>;
  /** Nothing starts on these channels… */
  shut(channelIds: readonly string[]): Promise<void>;
  /** …until all dispatchers are told that it may. */
  open(channelIds: readonly string[]): Promise<void>;
  occupancy(channelIds: readonly string[]): Promise<Occupancy[]>;
  mostAtOnce(channelIds: readonly string[]): Promise<Record<string, number>>;
}

/** The orchestrator with so many replicas, each with its own connections, and providers that speak only when told to. */
export async function startStage(replicas: number): Promise<Stage> {
  const world = await startWorld(channels);
  while (world.replicas.length < replicas) await world.replica();
  const dispatchers = world.replicas.map(({ app }) => app.get(Dispatcher));
  return {
    world,
    dispatchers,
    create(modelId, accountId) {
      const plain = world.submission(accountId === undefined ? {} : { accountId });
      return world.create({ ...plain, request: { ...plain.request, model: modelId } });
    },
    report: (submitting, state) => report(world, submitting, state),
    async shut(channelIds) {
      await sql(
        world.source,
        `UPDATE provider_slot SET not_before = now() + interval '1 h' WHERE channel_id = ANY($1)`,
        [channelIds],
      );
    },
    async open(channelIds) {
      await sql(world.source, `UPDATE provider_slot SET not_before = now() WHERE channel_id = ANY($1)`, [channelIds]);
      for (const dispatcher of dispatchers) dispatcher.wake(channelIds);
    },
    occupancy: (channelIds) => occupancy(world, channelIds),
    mostAtOnce: (channelIds) => mostAtOnce(world, channelIds),
  };
}

async function report(world: World, { order, epoch }: Submitting, state: 'succeeded' | 'failed'): Promise<void> {
  const { attemptId, taskId } = order;
  const observation =
    state === 'succeeded'
      ? { state, outputs: [{ kind: 'url' as const, url: 'http://127.0.0.1:1/v.mp4' }], usage: {} }
      : { state, failure: { code: 'content_rejected' as const, message: 'No.' } };
  const data = { attemptId, taskId, epoch, look: 1, observation };
  await world.publisher.publishEvent(attemptObserved, { id: randomUUID(), data });
}

export interface Occupancy {
  readonly channel_id: string;
  readonly slot_limit: number;
  readonly in_use: number;
  readonly occupied: number;
  /** Given back, and not read by a dispatcher yet. */
  readonly returned: number;
}

/** One snapshot: between two statements a slot may change hands. */
function occupancy(world: World, channelIds: readonly string[]): Promise<Occupancy[]> {
  return sql(
    world.source,
    `SELECT channel_id, slot_limit, in_use,
       (SELECT count(*)::int FROM attempt a WHERE a.channel_id = s.channel_id AND NOT slot_returned) AS occupied,
       (SELECT count(*)::int FROM channel_note n WHERE n.channel_id = s.channel_id AND kind = 'returned') AS returned
     FROM provider_slot s WHERE channel_id = ANY($1) ORDER BY channel_id`,
    [channelIds],
  );
}

/** From the attempts' own times: the most that ever held a slot in the same moment. */
async function mostAtOnce(world: World, channelIds: readonly string[]): Promise<Record<string, number>> {
  const rows = await sql<{ channel_id: string; most: number }>(
    world.source,
    `SELECT channel_id, max(held)::int AS most FROM (
       SELECT channel_id, sum(step) OVER (PARTITION BY channel_id ORDER BY at, step) AS held FROM (
         SELECT channel_id, created_at AS at, 1 AS step FROM attempt
         UNION ALL SELECT channel_id, ended_at, -1 FROM attempt WHERE slot_returned) AS edge) AS swept
     WHERE channel_id = ANY($1) GROUP BY channel_id`,
    [channelIds],
  );
  return Object.fromEntries(rows.map((row) => [row.channel_id, row.most]));
}
