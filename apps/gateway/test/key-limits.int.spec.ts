import { sql } from '@videoapi/database';
import { eventually } from '@videoapi/testing';
import { z } from 'zod';
import { startStack, type Stack } from './harness.js';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
}, 60_000);
afterAll(() => stack.close());

const keys = '/api/admin/accounts/acc_demo/keys';
const madeKey = z.looseObject({ id: z.string(), key: z.string(), max_concurrent: z.number().nullable() });
const failure = z.object({ error: z.looseObject({ code: z.string(), param: z.string().nullable() }) });

const send = (method: string, path: string, body?: unknown, key = stack.keys.admin) =>
  stack.call(path, { method, key, ...(body !== undefined && { body: JSON.stringify(body) }) });

async function makeKey(limits: object = {}, path = keys, by = stack.keys.admin): Promise<z.output<typeof madeKey>> {
  const response = await send('POST', path, { name: 'a key', ...limits }, by);
  expect(response.status).toBe(201);
  return madeKey.parse(await response.json());
}

/** What the engine was told of the key's limits with the task that this call makes. */
async function limitsSentWith(key: string, base = stack.url): Promise<unknown[]> {
  const response = await globalThis.fetch(`${base}/v1/video/generations`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'doubao-seedance-2-0-260128', prompt: 'a boat' }),
  });
  const { task_id: taskId } = z.object({ task_id: z.string() }).parse(await response.json());
  const sent = stack.world.submissions.find((submission) => submission.taskId === taskId);
  return [sent?.keyMaxConcurrent, sent?.maxConcurrent];
}

async function refusalOf(response: Response): Promise<unknown[]> {
  const { error } = failure.parse(await response.json());
  return [response.status, error.code, error.param];
}

describe('the limits of a key', () => {
  it('are set when it is made, shown, and go with each of its tasks', async () => {
    const { id, key, max_concurrent } = await makeKey({ max_concurrent: 3 });
    expect(max_concurrent).toBe(3);
    expect(await limitsSentWith(key)).toEqual([3, null]);
    const { data } = z
      .object({ data: z.array(z.looseObject({ id: z.string() })) })
      .parse(await (await send('GET', keys)).json());
    expect(data.find((entry) => entry.id === id)).toMatchObject({ max_concurrent: 3, requests_per_minute: null });
    expect(await limitsSentWith((await makeKey()).key)).toEqual([null, null]);
  });

  it('stand beside those of the account', async () => {
    const account = { name: 'Narrow', max_concurrent: 7 };
    const { id } = z
      .object({ id: z.string() })
      .parse(await (await send('POST', '/api/admin/accounts', account)).json());
    const { key } = await makeKey({ max_concurrent: 2 }, `/api/admin/accounts/${id}/keys`);
    expect(await limitsSentWith(key)).toEqual([2, 7]);
  });

  it('change on every gateway; what is not named stays', async () => {
    const other = await stack.another();
    const base = `http://127.0.0.1:${other.port}`;
    const { id, key } = await makeKey({ max_concurrent: 3 });
    expect([await limitsSentWith(key), await limitsSentWith(key, base)]).toEqual([
      [3, null],
      [3, null],
    ]);
    const faster = await send('PATCH', `${keys}/${id}`, { requests_per_minute: 900 });
    expect([faster.status, await faster.json()]).toEqual([
      200,
      expect.objectContaining({ id, max_concurrent: 3, requests_per_minute: 900 }),
    ]);
    const free = await send('PATCH', `${keys}/${id}`, { max_concurrent: null });
    expect(await free.json()).toMatchObject({ max_concurrent: null, requests_per_minute: 900 });
    expect(await limitsSentWith(key)).toEqual([null, null]);
    // A row is remembered for 30 s: well before that, only the event can have told it.
    await eventually(async () => expect(await limitsSentWith(key, base)).toEqual([null, null]), {
      timeoutMs: 20_000,
    });
    const audit = await (await send('GET', '/api/admin/audit?limit=1')).json();
    expect(audit).toMatchObject({
      data: [{ action: 'api_key.change', target: id, account_id: 'acc_demo', detail: { maxConcurrent: null } }],
    });
  });

  it('pass to the key that replaces it', async () => {
    const { id } = await makeKey({ max_concurrent: 3, requests_per_minute: 60 });
    expect(await makeKey({}, `/api/keys/${id}/rotate`)).toMatchObject({ max_concurrent: 3, requests_per_minute: 60 });
  });

  it.each([{ max_concurrent: 0 }, { max_concurrent: 1.5 }, { max_concurrent: '3' }, { requests_per_minute: -1 }])(
    'are not %j',
    async (limits) => {
      const { id } = await makeKey();
      for (const response of [
        await send('POST', keys, { name: 'a key', ...limits }),
        await send('PATCH', `${keys}/${id}`, limits),
      ]) {
        expect((await refusalOf(response)).slice(0, 2)).toEqual([422, 'invalid_field']);
      }
    },
  );

  it('change only of a key that is there and in force', async () => {
    const { id } = await makeKey();
    expect((await send('PATCH', `${keys}/nothing`, { max_concurrent: 1 })).status).toBe(404);
    const elsewhere = await send('POST', '/api/admin/accounts', { name: 'Elsewhere' });
    const { id: other } = z.object({ id: z.string() }).parse(await elsewhere.json());
    expect((await send('PATCH', `/api/admin/accounts/${other}/keys/${id}`, { max_concurrent: 1 })).status).toBe(404);
    await send('DELETE', `${keys}/${id}`);
    expect((await send('PATCH', `${keys}/${id}`, { max_concurrent: 1 })).status).toBe(409);
    const [row] = await sql(stack.source, 'SELECT max_concurrent FROM api_key WHERE id = $1', [id]);
    expect(row).toEqual({ max_concurrent: null });
  });
});

describe('a limited key that manages keys', () => {
  const scopes = ['keys:manage', 'tasks:write'];
  const limits = { max_concurrent: 3, requests_per_minute: 60 };

  it('narrows, but neither lifts its own limits nor makes a key with wider ones', async () => {
    const { id, key } = await makeKey({ scopes, ...limits });
    const own = `/api/keys/${id}`;
    const wider = [
      ['max_concurrent', { max_concurrent: 4 }],
      ['max_concurrent', { max_concurrent: null }],
      ['requests_per_minute', { requests_per_minute: 61 }],
      ['requests_per_minute', { requests_per_minute: null }],
    ] as const;
    for (const [param, more] of wider) {
      const refusal = [403, 'insufficient_scope', param];
      expect(await refusalOf(await send('PATCH', own, more, key))).toEqual(refusal);
      const body = { name: 'a key', scopes, ...limits, ...more };
      expect(await refusalOf(await send('POST', '/api/keys', body, key))).toEqual(refusal);
    }
    const free = await makeKey({ scopes });
    expect((await send('POST', `/api/keys/${free.id}/rotate`, {}, key)).status).toBe(403);
    expect(await makeKey({ scopes, ...limits }, '/api/keys', key)).toMatchObject(limits);
    expect(await (await send('PATCH', own, { max_concurrent: 2 }, key)).json()).toMatchObject({ max_concurrent: 2 });
    expect(await limitsSentWith(key)).toEqual([2, null]);
  });

  it('is let through where it has no limit itself', async () => {
    const { key } = await makeKey({ scopes });
    const { id } = await makeKey({ scopes: ['tasks:write'], max_concurrent: 3 }, '/api/keys', key);
    const changed = await send('PATCH', `/api/keys/${id}`, { max_concurrent: null, requests_per_minute: null }, key);
    expect([changed.status, await changed.json()]).toEqual([200, expect.objectContaining({ max_concurrent: null })]);
  });
});
