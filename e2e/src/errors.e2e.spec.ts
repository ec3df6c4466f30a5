import { eventually } from '@videoapi/testing';
import { Customer, newCustomer, smallVideo } from './customer.js';
import { entryCount, holds, imbalances, movements, wallet } from './ledger.js';
import { pngImage } from './samples.js';
import { query, sharedStack } from './stack.js';
import { release, rendersSince } from './upstream.js';

const stack = sharedStack();
const admin = new Customer(stack, stack.keys.admin);

async function taskCount(accountId: string): Promise<number> {
  const [row] = await query<{ count: string }>(
    stack,
    'orchestrator',
    'SELECT count(*) FROM task WHERE account_id = $1',
    [accountId],
  );
  return Number(row?.count);
}

async function rendersRunning(prompt: string): Promise<number> {
  const renders = await rendersSince(stack, 0);
  return renders.filter((render) => render.prompt === prompt && render.outcome === 'running').length;
}

describe('refusals leave nothing behind', () => {
  it.each([
    ['a model that is not there', { model: 'no-such-model' }, 400, 'model_not_found'],
    ['a disabled model', { model: 'hailuo-02' }, 400, 'model_disabled'],
    ['a model without a route', { model: 'unrouted-video' }, 400, 'no_provider_configured'],
    ['a retired model', { model: 'veo-2' }, 410, 'model_retired'],
    ['a resolution that the model lacks', { resolution: '8k' }, 422, 'invalid_field'],
    [
      '@Image2 with one image',
      { prompt: '@Image2 turns', image_urls: ['uploads/x/y.png'] },
      422,
      'asset_index_out_of_range',
    ],
    ['a field of the wrong type', { prompt: 7 }, 422, 'invalid_field'],
  ])('%s', async (_, fields, status, code) => {
    const customer = await newCustomer(stack, 100);

    const answer = await customer.create({ ...smallVideo, ...fields });

    expect(answer.status).toBe(status);
    expect(answer.body.error).toMatchObject({ code });
    expect(answer.headers.get('x-request-id')).toBeTruthy();
    expect(await taskCount(customer.accountId)).toBe(0);
    expect(await holds(stack, customer.accountId)).toEqual({});
    expect(await wallet(stack, customer.accountId)).toMatchObject({ available: 100, reserved: 0 });
  });

  it.each([
    ['no key', undefined],
    ['nonsense', 'Bearer nonsense'],
    ['a well-formed key that was never made', `Bearer vga_live_${'A'.repeat(48)}`],
  ])('%s is 401', async (_, authorization) => {
    const response = await fetch(`${stack.gateway}/v1/video/generations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(authorization !== undefined && { authorization }) },
      body: JSON.stringify(smallVideo),
      signal: AbortSignal.timeout(10_000),
    });

    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({
      error: { message: expect.any(String), request_id: expect.any(String) },
    });
  });

  it('a revoked key and a disabled account are 401 within seconds', async () => {
    const customer = await newCustomer(stack, 100);
    expect((await customer.call('GET', '/v1/credits')).status).toBe(200);

    await admin.call('POST', `/api/admin/accounts/${customer.accountId}/disable`, { json: {} });

    await eventually(async () => expect((await customer.create(smallVideo)).status).toBe(401), {
      timeoutMs: 30_000,
      intervalMs: 100,
    });
    expect(await taskCount(customer.accountId)).toBe(0);
  });

  it('an empty wallet is 402 with what is needed and what is there, and nothing written', async () => {
    const customer = await newCustomer(stack, 9);

    const answer = await customer.create(smallVideo);

    expect(answer.status).toBe(402);
    expect(answer.body.error).toMatchObject({ code: 'insufficient_credits', required: 10, available: 9 });
    expect(await taskCount(customer.accountId)).toBe(0);
    expect(await holds(stack, customer.accountId)).toEqual({});
    expect(await entryCount(stack, customer.accountId)).toBe(1); // the grant
  });

  it('never overspends however many ask at once', async () => {
    const customer = await newCustomer(stack, 55);
    const request = { ...smallVideo, prompt: 'one of many [[sim:until-released]]' };

    const answers = await Promise.all(Array.from({ length: 20 }, () => customer.create(request)));

    const accepted = answers.filter((answer) => answer.status === 200);
    const refused = answers.filter((answer) => answer.status === 402);
    expect([accepted.length, refused.length]).toEqual([5, 15]);
    expect(await taskCount(customer.accountId)).toBe(5);
    const grant = { entries: 1, tasks: 1, amount: 55 };
    const hold = { entries: 5, tasks: 5, amount: 50 };
    expect(await wallet(stack, customer.accountId)).toEqual({ granted: 55, settled: 0, reserved: 50, available: 5 });
    expect(await movements(stack, customer.accountId)).toEqual({ grant, hold });

    // Nothing ends before it is told to, so what was seen is what was held for all five at once.
    await eventually(async () => expect(await rendersRunning(request.prompt)).toBe(5), { timeoutMs: 30_000 });
    await release(stack, request.prompt);
    for (const { body } of accepted)
      expect(await customer.finished(body.task_id)).toMatchObject({ credits_charged: 10 });
    expect(await wallet(stack, customer.accountId)).toEqual({ granted: 55, settled: 50, reserved: 0, available: 5 });
    expect(await movements(stack, customer.accountId)).toEqual({ grant, hold, settle: hold });
    expect(await imbalances(stack)).toEqual([]);
  });

  it('an upload over the limit is 413, one that is no media 415', async () => {
    const customer = await newCustomer(stack, 0);
    const big = new FormData();
    big.append('files', new Blob([pngImage(), new Uint8Array(21 << 20)]), 'big.png');
    const text = new FormData();
    text.append('files', new Blob(['just words, no picture']), 'picture.png');

    expect((await customer.call('POST', '/api/upload', { body: big })).status).toBe(413);
    expect((await customer.call('POST', '/api/upload', { body: text })).status).toBe(415);
  });

  it('another account cannot see, cancel or delete a task', async () => {
    const owner = await newCustomer(stack, 100);
    const stranger = await newCustomer(stack, 100);
    const taskId = await owner.submit();

    for (const [method, path] of [
      ['GET', ''],
      ['POST', '/cancel'],
      ['DELETE', ''],
      ['GET', '/events'],
    ] as const) {
      const answer = await stranger.call(method, `/v1/video/generations/${taskId}${path}`);
      expect([path, answer.status]).toEqual([path, 404]);
    }
    expect((await owner.finished(taskId)).status).toBe('completed');
  });
});

describe('failed tasks', () => {
  it('give the credits back at the moment when they show failed', async () => {
    const customer = await newCustomer(stack, 100);
    const taskId = await customer.submit({ prompt: 'doomed [[sim:fail]]' });

    let seen = await customer.task(taskId);
    while (seen.status !== 'failed') {
      expect(seen.credits_refunded).toBe(false);
      const next = await customer.call<typeof seen>('GET', `/v1/video/generations/${taskId}?wait=10`);
      seen = next.body;
    }

    expect(seen).toMatchObject({ credits_refunded: true, credits_charged: 0, error: { code: 'provider_error' } });
    expect(await wallet(stack, customer.accountId)).toMatchObject({ available: 100, reserved: 0, settled: 0 });
  });

  it('say when the content was rejected', async () => {
    const customer = await newCustomer(stack, 100);
    const taskId = await customer.submit({ prompt: 'not nice [[sim:moderate]]' });

    expect(await customer.finished(taskId)).toMatchObject({
      status: 'failed',
      credits_refunded: true,
      error: { code: 'content_rejected' },
    });
  });
});
