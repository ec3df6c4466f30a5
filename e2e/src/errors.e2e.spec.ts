import { randomUUID } from 'node:crypto';
import { eventually } from '@videoapi/testing';
import { Customer, newCustomer, smallVideo } from './customer.js';
import { withChecksum, withOtherId, withOtherSecret } from './key-text.js';
import { entryCount, imbalances, movements, wallet } from './ledger.js';
import { nothingWritten, tasksThatSay } from './nothing-written.js';
import { pngImage } from './samples.js';
import { query, sharedStack } from './stack.js';
import { release, rendersSince } from './upstream.js';

const stack = sharedStack();
const admin = new Customer(stack, stack.keys.admin);
const patience = { timeoutMs: 20_000, intervalMs: 100 };

/** What a refusal that names its cause says, in full. */
const refusal = (code: string) => ({ error: { code, message: expect.any(String), request_id: expect.any(String) } });

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

    const answer = await nothingWritten(stack, customer.accountId, () => customer.create({ ...smallVideo, ...fields }));

    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject(refusal(code));
    expect(answer.headers.get('x-request-id')).toBeTruthy();
  });

  it('an empty wallet is 402 with what is needed and what is there', async () => {
    const customer = await newCustomer(stack, 9);

    const answer = await nothingWritten(stack, customer.accountId, () => customer.create(smallVideo));

    expect(answer.status).toBe(402);
    expect(answer.body.error).toMatchObject({ code: 'insufficient_credits', required: 10, available: 9 });
    expect(await entryCount(stack, customer.accountId)).toBe(1); // the grant
  });

  it('an upload over the limit is 413, one that is no media 415', async () => {
    const customer = await newCustomer(stack, 100);
    const upload = (name: string, ...parts: (string | Uint8Array<ArrayBuffer>)[]) => {
      const form = new FormData();
      form.append('files', new Blob(parts), name);
      return nothingWritten(stack, customer.accountId, () => customer.call('POST', '/api/upload', { body: form }));
    };

    const big = await upload('big.png', new Uint8Array(pngImage()), new Uint8Array(21 << 20));
    expect(big).toMatchObject({ status: 413, body: refusal('payload_too_large') });
    const text = await upload('picture.png', 'just words, no picture');
    expect(text).toMatchObject({ status: 415, body: refusal('unsupported_media_type') });
  });
});

describe('without a key that is in force', () => {
  /** What a call with this header is answered, and that nobody got a task of it. */
  async function refused(bystander: string, authorization: string | undefined): Promise<unknown> {
    const prompt = `keyless ${randomUUID()}`;
    const response = await nothingWritten(stack, bystander, () =>
      fetch(`${stack.gateway}/v1/video/generations`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(authorization !== undefined && { authorization }) },
        body: JSON.stringify({ ...smallVideo, prompt }),
        signal: AbortSignal.timeout(30_000),
      }),
    );
    expect(response.status).toBe(401);
    expect(await tasksThatSay(stack, prompt)).toEqual([]);
    return response.json();
  }

  it.each([
    ['no key', () => undefined, 'missing_api_key'],
    ['nonsense', () => 'Bearer nonsense', 'invalid_api_key'],
    [
      'a typing error',
      (key: string) => `Bearer ${key.slice(0, -1)}${key.endsWith('x') ? 'y' : 'x'}`,
      'invalid_api_key',
    ],
    ['a key that was never made', (key: string) => `Bearer ${withOtherId(key)}`, 'invalid_api_key'],
    ['the id of a key with another secret', (key: string) => `Bearer ${withOtherSecret(key)}`, 'invalid_api_key'],
  ])('%s is 401', async (_, authorization, code) => {
    const { accountId, key } = await newCustomer(stack, 100);

    expect(await refused(accountId, authorization(key))).toMatchObject(refusal(code));
  });

  it('those made up here have the form of a real one', async () => {
    const { key } = await newCustomer(stack, 0);

    expect(withChecksum(`${key.slice(0, -6)}000000`)).toBe(key);
    for (const other of [withOtherId(key), withOtherSecret(key)]) {
      expect(other).toMatch(/^vga_live_[0-9A-Za-z]{48}$/);
      expect(other).not.toBe(key);
    }
  });

  it('a revoked key is 401 within seconds, and the other keys of the account go on', async () => {
    const customer = await newCustomer(stack, 100);
    const keys = `/api/admin/accounts/${customer.accountId}/keys`;
    const spare = await admin.call<{ id: string; key: string }>('POST', keys, { json: { name: 'spare' } });
    const holder = new Customer(stack, spare.body.key);
    expect((await holder.call('GET', '/v1/credits')).status).toBe(200);

    expect((await admin.call('DELETE', `${keys}/${spare.body.id}`)).body).toMatchObject({ status: 'revoked' });

    await eventually(async () => expect((await holder.call('GET', '/v1/credits')).status).toBe(401), patience);
    expect(await refused(customer.accountId, `Bearer ${holder.key}`)).toMatchObject(refusal('api_key_revoked'));
    expect((await customer.call('GET', '/v1/credits')).status).toBe(200);
  });

  it('a disabled account is 401 within seconds', async () => {
    const customer = await newCustomer(stack, 100);
    expect((await customer.call('GET', '/v1/credits')).status).toBe(200);

    await admin.call('POST', `/api/admin/accounts/${customer.accountId}/disable`, { json: {} });

    await eventually(async () => expect((await customer.call('GET', '/v1/credits')).status).toBe(401), patience);
    expect(await refused(customer.accountId, `Bearer ${customer.key}`)).toMatchObject(refusal('account_disabled'));
    expect(await wallet(stack, customer.accountId)).toMatchObject({ available: 100, reserved: 0 });
  });
});

describe('side by side', () => {
  it('never overspends however many ask at once', async () => {
    const customer = await newCustomer(stack, 55);
    const request = { ...smallVideo, prompt: 'one of many [[sim:until-released]]' };

    const answers = await Promise.all(Array.from({ length: 20 }, () => customer.create(request)));

    const accepted = answers.filter((answer) => answer.status === 200);
    const refused = answers.filter((answer) => answer.status === 402);
    expect([accepted.length, refused.length]).toEqual([5, 15]);
    const tasks = await query(stack, 'orchestrator', 'SELECT id FROM task WHERE account_id = $1', [customer.accountId]);
    expect(tasks).toHaveLength(5);
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
