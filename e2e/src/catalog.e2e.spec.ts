import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DurationRange, type Model } from '@videoapi/contracts';
import { tempDir } from '@videoapi/testing';
import { type Customer, type NativeTask, newCustomer } from './customer.js';
import { type Assets, type LeastRequest, leastRequests, linesOf, type ListedModel, uploadAssets } from './least.js';
import { entryCount, holds, imbalances, wallet } from './ledger.js';
import { bestRoutes, creditsFor, shippedCatalog, soldModels } from './shipped.js';
import { query, sharedStack } from './stack.js';
import { type Film, probe } from './video.js';

const stack = sharedStack();
const shipped = shippedCatalog(stack);
const granted = 1_000_000;
const folder = tempDir('catalog');
let customer: Customer & { readonly accountId: string };
let listed: ReadonlyMap<string, ListedModel>;
let assets: Assets;

beforeAll(async () => {
  customer = await newCustomer(stack, granted);
  const { body } = await customer.call<{ data: ListedModel[] }>('GET', '/v1/models');
  listed = new Map(body.data.map((model) => [model.id, model]));
  assets = await uploadAssets(customer);
});

/** The model names of the documents for `/v1/videos`. */
const documented = [
  'sora-2',
  'sora-2-pro',
  'gemini-omni',
  'happyhorse-1.0',
  'happyhorse-1.0-i2v',
  'happyhorse-1.0-t2v',
  'happyhorse-1.0-r2v',
  'happyhorse-1.0-video-edit',
  'doubao-seedance-1-0-lite-i2v-250428',
  'doubao-seedance-1-0-lite-t2v-250428',
  'doubao-seedance-1-0-pro-250528',
  'doubao-seedance-1-0-pro-fast-251015',
  'doubao-seedance-1-5-pro-251215',
  'doubao-seedance-2-0-260128',
  'doubao-seedance-2-0-fast-260128',
  'veo3',
  'veo3-fast',
  'veo3-fast-frames',
  'veo3-frames',
  'veo3-pro',
  'veo3-pro-frames',
  'veo3.1',
  'veo3.1-4k',
  'veo3.1-components',
  'veo3.1-fast',
  'veo3.1-pro',
  'veo3.1-pro-4k',
  'kling-video',
  'grok-imagine-1.0-video',
  'grok-imagine-video-1.5-preview',
  'grok-video-3',
  'viduq3-turbo',
  'hailuo-video',
];

it('sells every model of the documents', () => {
  const available = documented.filter((name) => listed.get(name)?.available === true);
  expect(available).toEqual(documented);
});

it('lists every model of the catalogue, and as available exactly those that somebody can buy', () => {
  const available = [...listed.values()].filter((model) => model.available);
  expect([...listed.keys()].toSorted()).toEqual(shipped.models.map(({ id }) => id).toSorted());
  expect(available.map(({ id }) => id).toSorted()).toEqual(
    soldModels(shipped)
      .map(({ id }) => id)
      .toSorted(),
  );
});

interface Bought {
  readonly model: Model;
  readonly request: LeastRequest;
  /** Credits. */
  readonly estimate: number;
  readonly task: NativeTask;
  /** Undefined when there is nothing to watch. */
  readonly film: Film | undefined;
}

/** All at once, as many customers would. */
it('makes a video that plays with every model in every way it offers, through its own adapter, for the price in the catalogue', async () => {
  const wanted = soldModels(shipped).flatMap((model) =>
    leastRequests(listedAs(model.id), assets).map((request) => ({ model, request })),
  );
  const delivered = await Promise.all(wanted.map(({ model, request }) => buy(model, request)));
  const bought: Bought[] = [];
  // One by one: nothing else can happen in this process while a film is played.
  for (const one of delivered) bought.push({ ...one, film: await watch(one.task) });

  const attempts = await attemptsOf(bought.map(({ task }) => task.task_id));
  expect(bought.map((one) => ({ ...seen(one), attempts: attempts(one.task) }))).toEqual(
    bought.map((one) => ({ ...expected(one), attempts: [firstChoice(one, attempts(one.task))] })),
  );
  const charged = bought.reduce((sum, { task }) => sum + (task.credits_charged ?? 0), 0);
  const returned = bought.filter(({ task }) => task.credits_charged !== task.credits_reserved);
  expect(await wallet(stack, customer.accountId)).toEqual({
    granted,
    settled: charged,
    reserved: 0,
    available: granted - charged,
  });
  expect(await holds(stack, customer.accountId)).toEqual({ settled: bought.length });
  // the grant, a hold and a settlement of each, and the rest given back where a video came out shorter
  expect(await entryCount(stack, customer.accountId)).toBe(1 + 2 * bought.length + returned.length);
  expect(await imbalances(stack)).toEqual([]);
}, 180_000);

async function buy(model: Model, request: LeastRequest): Promise<Omit<Bought, 'film'>> {
  const json = { ...request, prompt: 'A paper boat crosses a puddle at night' };
  const estimate = await customer.call<{ credits: number }>('POST', '/v1/video/generations/estimate', { json });
  const task = await customer.finished(await customer.submit(json), 120_000, 1_000);
  return { model, request, estimate: estimate.body.credits, task };
}

function seen({ model, request, estimate, task, film }: Bought) {
  const { status, error, credits_reserved: reserved, credits_charged: charged, outputs } = task;
  return {
    model: model.id,
    type: request.type,
    status,
    error,
    money: { estimate, reserved, charged },
    film: film && { ...film, resolution: nearest(model, Math.min(film.width, film.height)) },
    outputs: outputs.map(({ width, height, duration }) => ({ width, height, seconds: duration })),
  };
}

function expected({ model, request, film }: Bought) {
  const { resolution, type, duration } = request;
  const { audio, durations } = model.capabilities;
  const hasSound = audio === 'always';
  const priceOf = (seconds: number) => creditsFor(model.price, { resolution, audio: hasSound, seconds });
  const held = duration === 'auto' ? longestOf(durations) : duration;
  const isItsOwn = duration === 'auto' || type === 'video-edit' || isAsLongAsItTakes(durations);
  const seconds = isItsOwn ? (film?.seconds ?? 0) : duration;
  return {
    model: model.id,
    type,
    status: 'completed',
    error: null,
    money: { estimate: priceOf(held), reserved: priceOf(held), charged: Math.min(priceOf(seconds), priceOf(held)) },
    film: {
      codec: 'h264',
      width: expect.any(Number),
      height: expect.any(Number),
      seconds,
      // an edit has the sound of its video
      hasSound: type === 'video-edit' ? expect.any(Boolean) : hasSound,
      resolution,
    },
    outputs: [{ width: film?.width, height: film?.height, seconds }],
  };
}

function longestOf(durations: DurationRange): number {
  return 'values' in durations ? Math.max(...durations.values) : durations.max;
}

/** With one length to choose and `auto`: what is asked is only the most that is held for. */
function isAsLongAsItTakes(durations: DurationRange): boolean {
  return durations.auto && 'values' in durations && durations.values.length === 1;
}

/** A model may make 496 lines of 480p, but none that are nearer to another of its resolutions. */
function nearest({ capabilities }: Model, lines: number): string | undefined {
  const distance = (resolution: string) => Math.abs(linesOf(resolution) - lines);
  return capabilities.resolutions.toSorted((one, other) => distance(one) - distance(other))[0];
}

interface Attempt {
  readonly taskId: string;
  readonly channel: string;
  readonly provider: string;
  readonly upstreamModel: string;
  readonly state: string;
}

async function attemptsOf(taskIds: readonly string[]): Promise<(task: NativeTask) => Attempt[]> {
  const rows = await query<Attempt>(
    stack,
    'orchestrator',
    `SELECT task_id AS "taskId", channel_id AS channel, provider, upstream_model AS "upstreamModel", state
     FROM attempt WHERE task_id = ANY($1)`,
    [taskIds],
  );
  const byTask = Map.groupBy(rows, (row) => row.taskId);
  return (task) => byTask.get(task.task_id) ?? [];
}

/** On the route that comes first, or on one of several that share the first place. */
function firstChoice({ model, task }: Bought, [taken]: readonly Attempt[]): Attempt {
  const routes = bestRoutes(shipped, model);
  const [best] = routes.filter(({ channel }) => channel.id === taken?.channel).concat(routes);
  return {
    taskId: task.task_id,
    channel: best?.channel.id ?? '',
    provider: best?.channel.provider ?? '',
    upstreamModel: best?.route.upstreamModel ?? '',
    state: 'succeeded',
  };
}

const films = new Map<string, Film>();

/** Plays it from beginning to end; the same bytes once. */
async function watch({ task_id: taskId, url }: NativeTask): Promise<Film | undefined> {
  if (url === null) return undefined;
  const response = await fetch(url, { signal: AbortSignal.timeout(30_000) });
  const bytes = Buffer.from(await response.arrayBuffer());
  const digest = createHash('sha256').update(bytes).digest('hex');
  const file = join(folder, `${taskId}.mp4`);
  writeFileSync(file, bytes);
  const film = films.get(digest) ?? probe(file);
  films.set(digest, film);
  return film;
}

function listedAs(id: string): ListedModel {
  const model = listed.get(id);
  if (model === undefined) throw new Error(`${id} is not listed`);
  return model;
}
