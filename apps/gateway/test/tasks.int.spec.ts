import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, taskCompleted, taskProgressed, type Task } from '@videoapi/contracts';
import { sql } from '@videoapi/database';
import { Publisher } from '@videoapi/messaging';
import { eventually } from '@videoapi/testing';
import { z } from 'zod';
import { startStack, type Stack } from './harness.js';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.close());
afterEach(() => {
  stack.world.refuse = () => undefined;
  stack.world.refuseAll = undefined;
  stack.world.gate = Promise.resolve();
});

const path = '/v1/video/generations';
const model = 'video-2.0-mini-reference-to-video';
const accepted = z.object({ task_id: z.string(), status: z.string(), poll_interval_seconds: z.number() });
const failure = z.object({
  error: z.looseObject({ message: z.string(), type: z.string(), code: z.string(), param: z.string().nullable() }),
});
type Init = RequestInit & { key?: string };

const create = (body: unknown, init: Init = {}) =>
  stack.call(path, { method: 'POST', body: JSON.stringify(body), ...init });
const createTask = async (body: unknown = { model, prompt: 'a boat' }, init: Init = {}) =>
  accepted.parse(await (await create(body, init)).json()).task_id;
const errorOf = async (response: Response) => failure.parse(await response.json()).error;

describe('the native dialect', () => {
  it('creates a task as the document prints it, and shows it', async () => {
    const response = await create({
      model,
      type: 'image-to-video',
      prompt: '让 @Image1 中的人物自然转身,镜头缓慢推进,光影真实',
      image_urls: ['https://your-domain.com/uploads/reference.png'],
      video_urls: [],
      audio_urls: [],
      resolution: '720p',
      duration: 'auto',
      aspect_ratio: '9:16',
      generate_audio: true,
      end_user_id: 'customer_001',
    });
    const body = accepted.parse(await response.json());
    expect([response.status, body]).toEqual([
      200,
      { task_id: expect.stringMatching(/^vidgen_\d{13}_[0-9a-f]{8}$/), status: 'pending', poll_interval_seconds: 30 },
    ]);
    expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(response.headers.get('server-timing')).toMatch(/auth;dur=.*validate;dur=.*engine;dur=.*total;dur=/);

    const shown = await stack.call(`${path}/${body.task_id}`);
    expect(shown.headers.get('retry-after')).toBe('30');
    expect(shown.headers.get('server-timing')).toMatch(/engine;dur=/);
    expect(await shown.json()).toMatchObject({
      task_id: body.task_id,
      status: 'pending',
      url: null,
      credits_reserved: 180,
      end_user_id: 'customer_001',
      metadata: { credits_reserved: 180, public_model: model, asset_reference_style: '@Image1/@Video1/@Audio1' },
    });
  });

  it('lists the models in public, and with the own prices for a key', async () => {
    const list = z.object({
      object: z.literal('list'),
      data: z.array(z.looseObject({ id: z.string(), billing: z.object({ credits: z.number() }) })),
    });
    const pricesFor = async (key: string) =>
      list.parse(await (await stack.call('/v1/models', { key })).json()).data.map(({ billing }) => billing.credits);
    expect([await pricesFor(''), await pricesFor(stack.keys.live)]).toEqual([[180], [120]]);
    expect(await (await stack.call(`/v1/models/${model}`)).json()).toMatchObject({ id: model, object: 'model' });
    expect((await stack.call('/v1/models/nothing')).status).toBe(404);
  });

  it('hands the caller on: account, mode, limits, callback', async () => {
    const body = { model, prompt: 'a boat', callback_url: 'https://a.example/hook', max_credits: 500 };
    const id = await createTask(body, { key: stack.keys.test });
    expect(stack.world.submissions.find((submission) => submission.taskId === id)).toMatchObject({
      accountId: stack.accountId,
      apiKeyId: stack.keys.test.slice(9, 19),
      mode: 'test',
      maxQueued: 10_000,
      callback: { url: 'https://a.example/hook', format: 'native' },
      request: { maxCredits: '500' },
    });
  });

  it('estimates, lists, cancels and deletes', async () => {
    const id = await createTask({ model, prompt: 'a boat', metadata: { shot: 'seven' } });
    const estimate = await stack.call(`${path}/estimate`, {
      method: 'POST',
      body: JSON.stringify({ model, prompt: 'a boat' }),
    });
    expect(await estimate.json()).toEqual({
      credits: 180,
      billing: { mode: 'per_call', credits: 180 },
      route_candidates: ['sandbox'],
    });
    const listed = await stack.call(`${path}?metadata[shot]=seven&limit=5`);
    expect(await listed.json()).toMatchObject({ object: 'list', first_id: id, last_id: id, has_more: false });
    expect((await stack.call(`${path}/${id}`, { method: 'DELETE' })).status).toBe(409);
    const cancelled = await stack.call(`${path}/${id}/cancel`, { method: 'POST' });
    expect(await cancelled.json()).toMatchObject({ task_id: id, status: 'failed', error: { code: 'cancelled' } });
    const again = await stack.call(`${path}/${id}/cancel`, { method: 'POST' });
    expect([again.status, (await errorOf(again)).code]).toEqual([409, 'not_cancellable']);
    const deleted = await stack.call(`${path}/${id}`, { method: 'DELETE' });
    expect(await deleted.json()).toEqual({ task_id: id, deleted: true });
  });

  it.each([
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['status=done', 'status'],
    ['created_after=yesterday', 'created_after'],
    ['model=a&model=b', 'model'],
  ])('refuses the list query %s', async (query, param) => {
    const response = await stack.call(`${path}?${query}`);
    expect([response.status, (await errorOf(response)).param]).toEqual([422, param]);
  });

  it('shows a task to nobody but its account', async () => {
    const id = await createTask();
    stack.world.put({ ...(stack.world.tasks.get(id) ?? fail()), accountId: 'acc_other' });
    for (const [method, suffix] of [
      ['GET', ''],
      ['GET', '?wait=1'],
      ['GET', '/events'],
      ['POST', '/cancel'],
      ['DELETE', ''],
    ] as const) {
      const response = await stack.call(`${path}/${id}${suffix}`, { method });
      expect([method, suffix, response.status, (await errorOf(response)).code]).toEqual([
        method,
        suffix,
        404,
        'task_not_found',
      ]);
    }
  });

  it.each(['vidgen_1', 'x', '..%2f..%2fetc', 'vidgen_1783003830450_081f055g'])(
    'asks nobody about the id %s',
    async (id) => {
      const before = stack.world.reads;
      const response = await stack.call(`${path}/${id}`);
      expect([response.status, stack.world.reads]).toEqual([404, before]);
    },
  );
});

describe('refusals of the engine', () => {
  it.each([
    ['model_not_found', 400],
    ['no_provider_configured', 400],
    ['model_retired', 410],
    ['insufficient_credits', 402],
    ['asset_index_out_of_range', 422],
    ['queue_full', 429],
    ['overloaded', 503],
  ] as const)('%s is answered %d', async (code, status) => {
    stack.world.refuse = () => new AppError(code, 'Because.', { param: 'images[0]', retryAfterMs: 2_000 });
    const response = await create({ model, prompt: 'a boat' });
    expect([response.status, await errorOf(response)]).toEqual([
      status,
      expect.objectContaining({ code, message: 'Because.', param: 'image_urls[0]' }),
    ]);
    expect(response.headers.get('retry-after')).toBe(status === 429 || status === 503 ? '2' : null);
  });

  it('says what is missing when credits are', async () => {
    const details = { required: '180', available: '20' };
    stack.world.refuse = () => new AppError('insufficient_credits', 'Needs 180 credits.', { details });
    const response = await create({ model, prompt: 'a boat' });
    expect(await errorOf(response)).toMatchObject({ required: 180, available: 20 });
  });

  it('does not ask a busy engine again', async () => {
    stack.world.refuseAll = new AppError('overloaded', 'Too busy.', { retryAfterMs: 3_000 });
    const before = stack.world.creates;
    const responses = await Promise.all(Array.from({ length: 40 }, () => create({ model, prompt: 'a boat' })));
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([503]));
    expect(responses[0]?.headers.get('retry-after')).toBe('3');
    expect(stack.world.creates - before).toBeLessThanOrEqual(40);
  });

  it('refuses only the one at fault of a batch', async () => {
    stack.world.refuse = ({ request }) =>
      request.prompt === 'bad' ? new AppError('insufficient_credits', 'No.') : undefined;
    const prompts = Array.from({ length: 50 }, (_, index) => (index % 10 === 0 ? 'bad' : 'good'));
    const statuses = await Promise.all(prompts.map(async (prompt) => (await create({ model, prompt })).status));
    expect(statuses).toEqual(prompts.map((prompt) => (prompt === 'bad' ? 402 : 200)));
  });
});

describe('Idempotency-Key', () => {
  const body = { model, prompt: 'a boat', metadata: { a: 1, b: 2 } };
  const rows = (key: string) =>
    sql<{ state: string }>(stack.source, 'SELECT state FROM idempotency_key WHERE key = $1', [`key:${key}`]);

  it('makes one task of twenty at once, and replays the first answer', async () => {
    const key = randomUUID();
    const before = stack.world.submissions.length;
    const gate = Promise.withResolvers<void>();
    stack.world.gate = gate.promise;
    let answered = 0;
    const creating = Array.from({ length: 20 }, async () => {
      const response = await create(body, { headers: { 'idempotency-key': key } });
      answered += 1;
      return response;
    });
    await eventually(() => expect(answered).toBe(19));
    gate.resolve();
    const responses = await Promise.all(creating);
    const statuses = responses.map((response) => response.status);
    expect(statuses.toSorted((a, b) => a - b)).toEqual([200, ...Array<number>(19).fill(409)]);
    for (const response of responses.filter(({ status }) => status === 409)) {
      expect((await errorOf(response)).code).toBe('idempotency_in_progress');
      expect(response.headers.get('retry-after')).toBe('1');
    }
    const winner = responses.find(({ status }) => status === 200) ?? fail();
    const first = await winner.text();
    const replayed = await create(body, { headers: { 'idempotency-key': key } });
    expect([replayed.status, replayed.headers.get('idempotent-replayed'), await replayed.text()]).toEqual([
      200,
      'true',
      first,
    ]);
    expect(stack.world.submissions.length).toBe(before + 1);
  });

  it('compares what was asked, not how it was written', async () => {
    const key = randomUUID();
    const id = await createTask(body, { headers: { 'idempotency-key': key } });
    const text = `{ "metadata": {"b":2,"a":1},\n "prompt": "a boat", "model": "${model}", "seed": null }`;
    const same = await stack.call(path, { method: 'POST', body: text, headers: { 'idempotency-key': key } });
    expect(accepted.parse(await same.json()).task_id).toBe(id);
    const other = await create({ ...body, prompt: 'a ship' }, { headers: { 'idempotency-key': key } });
    expect([other.status, (await errorOf(other)).code]).toEqual([422, 'idempotency_key_reused']);
    const test = await create(body, { key: stack.keys.test, headers: { 'idempotency-key': key } });
    expect([test.status, (await errorOf(test)).code]).toEqual([422, 'idempotency_key_reused']);
  });

  it('keeps no refusal: the same key works after topping up', async () => {
    const key = randomUUID();
    stack.world.refuse = () => new AppError('insufficient_credits', 'No.');
    expect((await create(body, { headers: { 'idempotency-key': key } })).status).toBe(402);
    expect(await rows(key)).toEqual([]);
    stack.world.refuse = () => undefined;
    expect((await create(body, { headers: { 'idempotency-key': key } })).status).toBe(200);
  });

  it('goes on with the same task id after a failure that nobody knows the outcome of', async () => {
    const key = randomUUID();
    const seen: string[] = [];
    stack.world.refuse = ({ taskId }) => {
      seen.push(taskId);
      return new AppError('unavailable', 'Billing is away.');
    };
    expect((await create(body, { headers: { 'idempotency-key': key } })).status).toBe(503);
    stack.world.refuse = () => undefined;
    expect(await createTask(body, { headers: { 'idempotency-key': key } })).toBe(seen[0]);
  });

  it('takes over from a process that died, with the same task id, when its lease has run out', async () => {
    const key = randomUUID();
    const id = await createTask(body, { headers: { 'idempotency-key': key } });
    const died = `UPDATE idempotency_key SET state = 'in_progress', response = NULL, owner = gen_random_uuid(), lease_until = now() + $2::interval
                  WHERE key = $1`;
    await sql(stack.source, died, [`key:${key}`, '30 seconds']);
    expect((await create(body, { headers: { 'idempotency-key': key } })).status).toBe(409);
    await sql(stack.source, died, [`key:${key}`, '-1 second']);
    expect(await createTask(body, { headers: { 'idempotency-key': key } })).toBe(id);
  });

  it('forgets after a day', async () => {
    const key = randomUUID();
    const id = await createTask(body, { headers: { 'idempotency-key': key } });
    await sql(stack.source, 'UPDATE idempotency_key SET expires_at = now() WHERE key = $1', [`key:${key}`]);
    const other = await createTask({ ...body, prompt: 'a ship' }, { headers: { 'idempotency-key': key } });
    expect(other).not.toBe(id);
  });

  it.each(['', 'x'.repeat(256), 'schlüssel'])('refuses the key %p', async (key) => {
    const response = await create(body, { headers: { 'idempotency-key': encodeKey(key) } });
    expect([response.status, (await errorOf(response)).code]).toEqual([400, 'invalid_request']);
  });

  /** fetch takes header values as Latin-1. */
  function encodeKey(key: string): string {
    return key === '' ? ' ' : key;
  }
});

describe('an SDK that retries without a key', () => {
  const retry = (count: number, prompt: string, key = stack.keys.live) =>
    create({ model, prompt }, { key, headers: { 'x-stainless-retry-count': String(count) } });

  it('gets its first task back', async () => {
    const prompt = randomUUID();
    const first = accepted.parse(await (await retry(0, prompt)).json()).task_id;
    const second = await retry(1, prompt);
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    expect(accepted.parse(await second.json()).task_id).toBe(first);
    expect(accepted.parse(await (await retry(2, prompt)).json()).task_id).toBe(first);
  });

  it('gets a new task for a new first try, another key or another request', async () => {
    const prompt = randomUUID();
    const ids = await Promise.all(
      [retry(0, prompt), retry(1, prompt, stack.keys.yishang), retry(1, `${prompt}!`)].map(
        async (response) => accepted.parse(await (await response).json()).task_id,
      ),
    );
    const again = accepted.parse(await (await retry(0, prompt)).json()).task_id;
    const withoutHeader = await createTask({ model, prompt });
    expect(new Set([...ids, again, withoutHeader]).size).toBe(5);
  });

  it('may send the same first try many times at once: they are many requests', async () => {
    const prompt = randomUUID();
    const responses = await Promise.all(Array.from({ length: 20 }, () => retry(0, prompt)));
    const ids = await Promise.all(responses.map(async (response) => accepted.parse(await response.json()).task_id));
    expect(new Set(ids).size).toBe(20);
  });

  it('meets its own first try in flight', async () => {
    const prompt = randomUUID();
    const gate = Promise.withResolvers<void>();
    stack.world.gate = gate.promise;
    const traces = async () => {
      const text = `SELECT count(*)::int AS n FROM idempotency_key WHERE key LIKE 'sdk:%'`;
      return (await sql<{ n: number }>(stack.source, text))[0]?.n ?? 0;
    };
    const before = await traces();
    const first = retry(0, prompt);
    await eventually(async () => expect(await traces()).toBe(before + 1));
    const second = retry(1, prompt);
    await sleep(20);
    gate.resolve();
    const ids = [accepted.parse(await (await first).json()), accepted.parse(await (await second).json())];
    expect(ids[0]?.task_id).toBe(ids[1]?.task_id);
  });
});

describe('waiting', () => {
  const announce = (task: Task) => {
    const fact = task.status === 'completed' ? taskCompleted : taskProgressed;
    const { id: taskId, accountId, version } = task;
    const { prompt: _, ...shown } = task;
    return stack.running.app
      .get(Publisher)
      .publishEvent(fact, { id: randomUUID(), data: { taskId, accountId, version, task: shown, callback: null } });
  };
  const progress = async (id: string, change: Partial<Task>) => {
    const known = stack.world.tasks.get(id) ?? fail();
    await announce(stack.world.put({ ...known, version: known.version + 1, ...change }));
  };

  it('answers a long poll the moment the task ends', async () => {
    const id = await createTask();
    const reads = stack.world.reads;
    const startedAt = performance.now();
    const answer = stack.call(`${path}/${id}?wait=60`);
    await eventually(() => expect(stack.world.reads).toBeGreaterThan(reads));
    await progress(id, { status: 'processing', progress: 50 });
    await progress(id, { status: 'completed', progress: 100 });
    expect(await (await answer).json()).toMatchObject({ status: 'completed', progress: 100 });
    expect(performance.now() - startedAt).toBeLessThan(30_000); // half of the time is not up
  });

  it('answers a long poll with the present state when the time is up', async () => {
    const id = await createTask();
    const startedAt = performance.now();
    const answer = await stack.call(`${path}/${id}?wait=1`);
    expect(await answer.json()).toMatchObject({ status: 'pending' });
    expect(performance.now() - startedAt).toBeGreaterThan(950);
  });

  it.each(['61', '-1', 'soon', '1.5'])('refuses wait=%s', async (wait) => {
    const id = await createTask();
    const response = await stack.call(`${path}/${id}?wait=${wait}`);
    expect([response.status, (await errorOf(response)).param]).toEqual([422, 'wait']);
  });

  it('streams every state until the end, and resumes where a client was', async () => {
    const id = await createTask();
    const response = await stack.call(`${path}/${id}/events`);
    expect([response.status, response.headers.get('content-type'), response.headers.get('x-request-id')]).toEqual([
      200,
      'text/event-stream; charset=utf-8',
      expect.any(String),
    ]);
    let text = '';
    const reading = (async () => {
      for await (const chunk of response.body ?? []) text += Buffer.from(chunk).toString();
    })();
    await eventually(() => expect(text).toContain('event: video.queued'));
    await progress(id, { status: 'processing', progress: 50 });
    await eventually(() => expect(text).toContain('event: video.in_progress'));
    await progress(id, { status: 'completed', progress: 100 });
    await reading;
    const events = parse(text);
    expect(events.map(({ id: eventId, event }) => [eventId, event])).toEqual([
      ['1', 'video.queued'],
      ['2', 'video.in_progress'],
      ['3', 'video.completed'],
    ]);
    expect(JSON.parse(events[2]?.data ?? '')).toMatchObject({ task_id: id, status: 'completed' });

    const resumed = await stack.call(`${path}/${id}/events`, { headers: { 'last-event-id': '2' } });
    expect(parse(await resumed.text()).map(({ id: eventId }) => eventId)).toEqual(['3']);
    const over = await stack.call(`${path}/${id}/events`, { headers: { 'last-event-id': '3' } });
    expect(over.status).toBe(204);
  });

  it('sees a change whose event got lost', async () => {
    const id = await createTask();
    const reads = stack.world.reads;
    const startedAt = performance.now();
    const answer = stack.call(`${path}/${id}?wait=60`);
    await eventually(() => expect(stack.world.reads).toBeGreaterThan(reads));
    stack.world.put({ ...(stack.world.tasks.get(id) ?? fail()), version: 2, status: 'completed' });
    expect(await (await answer).json()).toMatchObject({ status: 'completed' });
    expect(performance.now() - startedAt).toBeLessThan(30_000); // half of the time is not up
  });

  it('lets its clients go when it stops: they come back to another', async () => {
    const id = await createTask();
    const other = await stack.another();
    const base = `http://127.0.0.1:${other.port}${path}/${id}`;
    const headers = { authorization: `Bearer ${stack.keys.live}` };
    const reads = stack.world.reads;
    const poll = globalThis.fetch(`${base}?wait=60`, { headers });
    const stream = await globalThis.fetch(`${base}/events`, { headers });
    await eventually(() => expect(stack.world.reads).toBeGreaterThanOrEqual(reads + 2));
    const startedAt = performance.now();
    await Promise.all([other.close(), poll.then((answer) => answer.json()), stream.text()]);
    expect(performance.now() - startedAt).toBeLessThan(30_000); // half of the wait is not up
    expect((await poll).status).toBe(200);
  });

  it('keeps no more than fifty streams of an account open', async () => {
    const id = await createTask();
    const gone = new AbortController();
    const open = () => stack.call(`${path}/${id}/events`, { signal: gone.signal });
    const statuses = await Promise.all(Array.from({ length: 52 }, async () => (await open()).status));
    expect(statuses.filter((status) => status === 200).length).toBe(50);
    expect(statuses.filter((status) => status === 429).length).toBe(2);
    gone.abort();
    await eventually(async () => {
      const again = new AbortController();
      const { status } = await stack.call(`${path}/${id}/events`, { signal: again.signal });
      again.abort();
      expect(status).toBe(200);
    });
  });

  function parse(text: string) {
    return text
      .split('\n\n')
      .map((block) => Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/s).slice(0, 2))))
      .filter((fields): fields is { id: string; event: string; data: string } => 'data' in fields);
  }
});

function fail(): never {
  throw new Error('should be there');
}
