import { Metrics } from '@videoapi/chassis';
import {
  applyCatalog,
  catalog as catalogSchema,
  type FailureCode,
  getChannelCredentials,
  setChannelCredentials,
  type TaskRequest,
} from '@videoapi/contracts';
import { sql } from '@videoapi/database';
import { eventually } from '@videoapi/testing';
import { Dispatcher } from '../src/dispatch/dispatcher.service.js';
import { defaultCatalog } from './catalog.js';
import { Script } from './neighbours.js';
import { startWorld, type World } from './world.js';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());
beforeEach(async () => {
  Object.assign(world.script, new Script(), { holds: world.script.holds });
  await sql(
    world.source,
    `UPDATE provider_slot SET breaker = 'closed', breaker_opens = 0, faults_in_row = 0, window_calls = 0, window_faults = 0,
       not_before = now(), tokens = 1000, burst = 1000, refill_per_second = 1000`,
  );
});

function create(model: string) {
  const plain = world.submission();
  const request: TaskRequest = { ...plain.request, model };
  return world.create({ ...plain, request });
}

interface SlotRow {
  readonly breaker: string;
  readonly opens: number;
  /** Seconds from the latest refusal. */
  readonly open_for: number;
  readonly not_before_in: number;
}

async function slot(channelId = 'first'): Promise<SlotRow> {
  const [row] = await sql<SlotRow>(
    world.source,
    `SELECT breaker, breaker_opens AS opens, extract(epoch FROM greatest(breaker_until, 'epoch') - refused_at)::float8 AS open_for,
       extract(epoch FROM greatest(not_before, 'epoch') - refused_at)::float8 AS not_before_in
     FROM provider_slot, (SELECT coalesce(max(ended_at), now()) AS refused_at FROM attempt
                          WHERE channel_id = $1 AND state = 'refused') AS latest
     WHERE channel_id = $1`,
    [channelId],
  );
  if (row === undefined) throw new Error('no such channel');
  return row;
}

/** The breaker's time does not come by itself. */
async function stayOpen(channelId = 'first'): Promise<void> {
  await sql(world.source, `UPDATE provider_slot SET breaker_until = now() + interval '1 h' WHERE channel_id = $1`, [
    channelId,
  ]);
}

/** It has come. */
async function letTry(channelId = 'first'): Promise<void> {
  await sql(world.source, `UPDATE provider_slot SET breaker_until = now() WHERE channel_id = $1`, [channelId]);
  for (const { app } of world.replicas) app.get(Dispatcher).wake([channelId]);
}

function refuse(code: FailureCode, retryAfterMs?: number): void {
  world.script.submit = ({ order }) =>
    order.channel.id === 'first'
      ? { refused: { code, message: 'No.', ...(retryAfterMs !== undefined && { retryAfterMs }) } }
      : { accepted: { upstreamId: 'x' } };
}

const submitsTo = (channelId: string) => world.script.submits.filter(({ order }) => order.channel.id === channelId);
const channelsOf = (taskId: string) =>
  world.script.submits.filter(({ order }) => order.taskId === taskId).map(({ order }) => order.channel.id);
const metrics = () => world.replicas[0]!.app.get(Metrics).registry.metrics();
const linesOf = (event: string) => world.lines.filter((line) => line['event'] === event);

describe('a channel with', () => {
  it.each([
    ['channel_balance', 'balance'],
    ['channel_credentials', 'credentials'],
  ] as const)('%s is left, taken out and told of, and comes back when a probe goes well', async (code, alarm) => {
    const [before, overBefore] = [linesOf('channel_alarm').length, linesOf('channel_alarm_over').length];
    refuse(code);
    const moving = await create('two-routes');
    expect((await world.ended(moving.id)).status).toBe('completed');
    expect(channelsOf(moving.id)).toEqual(['first', 'second']);

    expect(await slot()).toMatchObject({ breaker: 'open' });
    expect((await slot()).open_for).toBeGreaterThan(5);
    expect(linesOf('channel_alarm').slice(before)).toMatchObject([{ level: 'error', channelId: 'first', alarm }]);
    const text = await metrics();
    const labels = 'provider="simulator",channel="first"';
    expect(text).toContain(`videoapi_channel_alarms_total{${labels},alarm="${alarm}"} 1`);
    expect(text).toContain(`videoapi_breaker_state{${labels}} 2`);

    // Who has no other route waits for it, without being refused.
    await stayOpen();
    const waiting = await create('quick');
    const passing = await create('two-routes');
    expect((await world.ended(passing.id)).status).toBe('completed');
    expect([channelsOf(passing.id), channelsOf(waiting.id)]).toEqual([['second'], []]);

    world.script.submit = new Script().submit;
    await letTry();
    expect((await world.ended(waiting.id)).status).toBe('completed');
    await eventually(async () => expect((await slot()).breaker).toBe('closed'));
    expect(await metrics()).toContain(`videoapi_breaker_state{${labels}} 0`);
    expect(linesOf('channel_alarm').slice(before)).toHaveLength(1);
    await eventually(() =>
      expect(linesOf('channel_alarm_over').slice(overBefore)).toMatchObject([
        { level: 'info', channelId: 'first', alarm },
      ]),
    );
  });
});

describe('a channel that is rate limited', () => {
  it('is left by the task, and by everybody for as long as it said', async () => {
    refuse('rate_limited', 1_200);
    const moving = await create('two-routes');
    expect((await world.ended(moving.id)).status).toBe('completed');
    expect(channelsOf(moving.id)).toEqual(['first', 'second']);
    const { breaker, not_before_in: pause } = await slot();
    expect([breaker, pause > 1.19 && pause < 60]).toEqual(['closed', true]);

    world.script.submit = new Script().submit;
    const waiting = await create('quick');
    await world.ended(waiting.id);
    const [start] = await sql<{ late: number }>(
      world.source,
      `SELECT extract(epoch FROM a.created_at - s.not_before)::float8 AS late
       FROM attempt a JOIN provider_slot s ON s.channel_id = a.channel_id WHERE a.task_id = $1`,
      [waiting.id],
    );
    expect(start?.late).toBeGreaterThanOrEqual(0);
    expect(linesOf('breaker_opened').filter((line) => line['channelId'] === 'second')).toEqual([]);
  });
});

describe('a channel that is down', () => {
  it('opens after five faults; one probe at a time finds out, and the wait grows until one goes well', async () => {
    refuse('provider_unavailable');
    const opened = linesOf('breaker_opened').length;
    for (let fault = 0; fault < 5; fault += 1) {
      expect((await slot()).breaker).toBe('closed');
      expect((await world.ended((await create('two-routes')).id)).status).toBe('completed');
    }
    expect(submitsTo('first')).toHaveLength(5);
    expect(await slot()).toMatchObject({ breaker: 'open', opens: 1 });
    expect(linesOf('breaker_opened').slice(opened)).toMatchObject([{ level: 'warn', channelId: 'first' }]);

    await stayOpen();
    const waiting = await Promise.all(Array.from({ length: 6 }, () => create('quick')));
    expect((await world.ended((await create('two-routes')).id)).status).toBe('completed');
    expect(submitsTo('first')).toHaveLength(5);

    await letTry();
    await eventually(async () => expect(await slot()).toMatchObject({ breaker: 'open', opens: 2 }));
    expect((await slot()).open_for).toBeGreaterThan(12);
    expect(submitsTo('first')).toHaveLength(6);

    world.script.submit = new Script().submit;
    await letTry();
    for (const { id } of waiting) expect((await world.ended(id)).status).toBe('completed');
    expect(await slot()).toMatchObject({ breaker: 'closed', opens: 0 });
    expect(linesOf('breaker_closed')).not.toEqual([]);
  });

  it('also when nobody knows what became of its submits', async () => {
    world.script.submit = () => 'unknown';
    await Promise.all(Array.from({ length: 5 }, () => create('hasty')));
    await eventually(async () => expect((await slot()).breaker).toBe('open'));
  });
});

describe('the rate of a channel', () => {
  it('is kept, whatever waits', async () => {
    await sql(
      world.source,
      `UPDATE provider_slot SET tokens = 2, burst = 2, refill_per_second = 5, refilled_at = now() WHERE channel_id = 'first'`,
    );
    const tasks = await Promise.all(Array.from({ length: 12 }, () => create('quick')));
    for (const { id } of tasks) expect((await world.ended(id)).status).toBe('completed');
    const [most] = await sql<{ most: number }>(
      world.source,
      `SELECT max(count)::int AS most FROM (
         SELECT count(*) OVER (ORDER BY created_at RANGE BETWEEN '1 s' PRECEDING AND CURRENT ROW) AS count
         FROM attempt WHERE task_id = ANY($1)) AS windows`,
      [tasks.map(({ id }) => id)],
    );
    expect(most?.most).toBeLessThanOrEqual(2 + 5);
  });
});

describe('metrics', () => {
  it('tell what every channel is doing', async () => {
    world.script.poll = () => ({ state: 'running', progress: 10 });
    await sql(world.source, `UPDATE provider_slot SET slot_limit = 2 WHERE channel_id = 'first'`);
    await eventually(async () => {
      const [row] = await sql<{ in_use: number }>(
        world.source,
        `SELECT in_use FROM provider_slot WHERE channel_id = 'first'`,
      );
      expect(row?.in_use).toBe(0);
    });
    const tasks = await Promise.all(Array.from({ length: 3 }, () => create('quick')));
    await eventually(() => expect(submitsTo('first')).toHaveLength(2));
    await sql(world.source, `UPDATE task SET queued_at = queued_at - interval '1 min' WHERE is_queued`);

    const text = await metrics();

    const labels = 'provider="simulator",channel="first"';
    expect(text).toContain(`videoapi_slots_used{${labels}} 2`);
    expect(text).toContain(`videoapi_slots_limit{${labels}} 2`);
    expect(text).toContain(`videoapi_flows_active{${labels}} 1`);
    expect(text).toMatch(new RegExp(`videoapi_queue_oldest_seconds\\{${labels}\\} 6\\d`));
    expect(text).toContain('videoapi_queue_oldest_seconds{provider="openai-compatible",channel="plain"} 0');
    expect(Number(/dispatch_total\{provider="simulator",channel="first"\} (\d+)/.exec(text)?.[1])).toBeGreaterThan(2);

    await sql(world.source, `UPDATE provider_slot SET in_use = 9 WHERE channel_id = 'plain'`);
    await world.replicas[0]!.app.get(Dispatcher).audit();
    expect(await metrics()).toContain('slot_repairs_total{provider="openai-compatible",channel="plain"} 1');

    world.script.poll = new Script().poll;
    await sql(world.source, `UPDATE provider_slot SET slot_limit = 100 WHERE channel_id = 'first'`);
    await sql(world.source, `UPDATE timer SET due_at = now() WHERE kind = 'poll'`);
    for (const { id } of tasks) expect((await world.ended(id)).status).toBe('completed');
  });
});

describe('credentials that were entered', () => {
  const entry = (sealed: string) => ({ sealed: `sealed:${sealed}`, fingerprint: `f-${sealed}`, lastFour: '' });
  const set = (credentials: Record<string, ReturnType<typeof entry> | null>, channelId = 'first') =>
    world.rpc.call(setChannelCredentials, { channelId, credentials }, { timeoutMs: 20_000 });
  const apply = (catalog: typeof defaultCatalog) =>
    world.rpc.call(applyCatalog, { catalog: catalogSchema.parse(catalog) }, { timeoutMs: 20_000 });
  const named = {
    ...defaultCatalog,
    channels: defaultCatalog.channels.map((channel) =>
      channel.id === 'first' ? { ...channel, credentials: { apiKey: 'env:KEY', appId: 'env:APP' } } : channel,
    ),
  };
  /** What the next job is sent out with, by whichever replica makes it. */
  const used = async () => {
    const { id } = await create('quick');
    await world.ended(id);
    return submitsTo('first').at(-1)?.order.channel.credentials;
  };

  beforeAll(async () => {
    await apply(named);
    await world.replica();
  });

  it('go before those of the catalogue, survive a new one, and can be replaced and taken away', async () => {
    expect(await used()).toEqual({ apiKey: 'env:KEY', appId: 'env:APP' });

    expect(await set({ apiKey: entry('one') })).toEqual({
      channelId: 'first',
      provider: 'simulator',
      credentials: [
        {
          name: 'apiKey',
          reference: 'env:KEY',
          entered: { fingerprint: 'f-one', lastFour: '', enteredAt: expect.any(String) },
        },
        { name: 'appId', reference: 'env:APP', entered: null },
      ],
    });
    await eventually(async () => expect(await used()).toEqual({ apiKey: 'sealed:one', appId: 'env:APP' }));

    await apply({ ...named, models: named.models.map((model) => ({ ...model, name: 'Renamed' })) });
    await eventually(async () => expect(await used()).toEqual({ apiKey: 'sealed:one', appId: 'env:APP' }));

    await set({ apiKey: entry('two'), more: entry('three') });
    const all = { apiKey: 'sealed:two', appId: 'env:APP', more: 'sealed:three' };
    await eventually(async () => expect(await used()).toEqual(all));
    const read = await world.rpc.call(getChannelCredentials, { channelId: 'first' }, { timeoutMs: 20_000 });
    expect(read.credentials.map(({ name, reference, entered }) => [name, reference, entered?.fingerprint])).toEqual([
      ['apiKey', 'env:KEY', 'f-two'],
      ['appId', 'env:APP', undefined],
      ['more', null, 'f-three'],
    ]);

    await set({ apiKey: null, more: null });
    await eventually(async () => expect(await used()).toEqual({ apiKey: 'env:KEY', appId: 'env:APP' }));
  });

  it('let a channel that was taken out for its credentials try again at once', async () => {
    refuse('channel_credentials');
    await world.ended((await create('two-routes')).id);
    expect(await slot()).toMatchObject({ breaker: 'open' });
    await stayOpen();
    const waiting = await create('quick');
    world.script.submit = new Script().submit;

    await set({ apiKey: entry('good') });

    expect((await world.ended(waiting.id)).status).toBe('completed');
    await set({ apiKey: null });
  });

  it('are for channels that there are, and leave with them', async () => {
    await expect(set({ apiKey: entry('x') }, 'nowhere')).rejects.toMatchObject({ code: 'not_found' });
    const asked = world.rpc.call(getChannelCredentials, { channelId: 'nowhere' }, { timeoutMs: 20_000 });
    await expect(asked).rejects.toMatchObject({ code: 'not_found' });
    await set({ apiKey: entry('plain') }, 'plain');
    await apply({
      ...named,
      channels: named.channels.filter(({ id }) => id !== 'plain'),
      models: named.models.filter(({ id }) => id !== 'uncancellable'),
    });
    expect(await sql(world.source, `SELECT name FROM channel_credential WHERE channel_id = 'plain'`)).toEqual([]);
    await apply(named);
  });

  it('are told of by name only', () => {
    const text = JSON.stringify(world.lines);
    expect(linesOf('channel_credentials_set')).toContainEqual(
      expect.objectContaining({ channelId: 'first', names: ['apiKey'] }),
    );
    for (const sealed of ['sealed:one', 'sealed:two', 'sealed:good']) expect(text).not.toContain(sealed);
  });
});
