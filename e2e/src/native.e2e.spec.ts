import { randomUUID } from 'node:crypto';
import { eventually } from '@videoapi/testing';
import { type Customer, type NativeTask, newCustomer } from './customer.js';
import { openEvents, type TaskEvent } from './event-stream.js';
import { entriesOf, holds, imbalances, wallet } from './ledger.js';
import { pngImage } from './samples.js';
import { query, sharedStack } from './stack.js';

const stack = sharedStack();
const path = '/v1/video/generations';
let customer: Customer & { readonly accountId: string };

beforeEach(async () => {
  customer = await newCustomer(stack, 1_000);
});

interface Presigned {
  readonly key: string;
  readonly upload_url: string;
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly url: string;
}

describe('a presigned upload', () => {
  const image = pngImage();
  const presign = () =>
    customer.call<Presigned>('POST', '/api/upload/presign', {
      json: { filename: 'boat.png', content_type: 'image/png', size: image.length },
    });

  it('is put, used as an asset, and given to the provider', async () => {
    const { status, body: file } = await presign();
    expect([status, file.method]).toEqual([200, 'PUT']);
    expect(file.key).toMatch(new RegExp(`^uploads/${customer.accountId}/\\d{4}/\\d{2}/\\w+\\.png$`));
    const prompt = `@Image1 sails ${randomUUID()}`;
    const request = { ...small, type: 'image-to-video', prompt, image_urls: [file.key] };
    expect(await customer.create(request)).toMatchObject({ status: 422, body: { error: { code: 'asset_not_found' } } });

    expect(await put(file, image)).toBe(200);
    const task = await customer.finished(await customer.submit(request));

    expect(task).toMatchObject({ status: 'completed', error: null, credits_charged: 10 });
    const { inputs } = await renderOf(prompt);
    expect(inputs.map((url) => new URL(url).pathname)).toEqual([expect.stringMatching(new RegExp(`/${file.key}$`))]);
    expect(await bytesAt(file.url)).toEqual(image);
  });

  it('must be what was declared', async () => {
    const { body: file } = await presign();
    const other = Buffer.alloc(image.length, 'not a picture ');
    expect(await put(file, other)).toBe(200);

    const refused = await customer.create({ ...small, type: 'image-to-video', image_urls: [file.key] });

    expect(refused).toMatchObject({ status: 422, body: { error: { code: 'asset_mismatch', param: 'image_urls[0]' } } });
    expect(await holds(stack, customer.accountId)).toEqual({});
  });
});

it('an event stream tells of a task to its end, also to somebody who was cut off and comes back', async () => {
  const taskId = await customer.submit({ prompt: 'a stream [[sim:slow=3000]]' });
  const heard: TaskEvent[] = [];
  for await (const event of (await openEvents(stack, customer, taskId)).events) {
    heard.push(event);
    if (event.name === 'video.in_progress') break; // and is cut off
  }
  const last = heard.at(-1);
  expect(last).toMatchObject({ name: 'video.in_progress', task: { task_id: taskId, status: 'processing' } });

  const resumed = await openEvents(stack, customer, taskId, last?.id);
  for await (const event of resumed.events) heard.push(event);

  const ids = heard.map(({ id }) => id);
  expect(ids).toEqual([...new Set(ids)].toSorted((one, other) => one - other));
  const task = await customer.task(taskId);
  expect(heard.at(-1)).toEqual({ id: ids.at(-1), name: 'video.completed', task });
  expect(heard.filter(({ name }) => name === 'video.completed')).toHaveLength(1);
  expect(task).toMatchObject({ status: 'completed', credits_charged: 10 });
  expect((await openEvents(stack, customer, taskId, ids.at(-1))).status).toBe(204);
});

it('what is held is what was estimated, and one long poll hears of the end', async () => {
  const request = {
    model: 'video-2.0-mini-reference-to-video',
    prompt: 'a long poll [[sim:slow=1500]]',
    resolution: '720p',
    duration: 5,
    generate_audio: true,
  };
  const estimate = await customer.call<{ credits: number }>('POST', `${path}/estimate`, { json: request });
  expect([estimate.status, estimate.body.credits]).toEqual([200, 60]); // 12 credits a second
  expect(await wallet(stack, customer.accountId)).toMatchObject({ available: 1_000, reserved: 0 });

  const taskId = await customer.submit(request);
  const [hold] = await query<{ amount: string }>(stack, 'billing', 'SELECT amount FROM hold WHERE id = $1', [taskId]);
  expect(Number(hold?.amount)).toBe(estimate.body.credits);

  const poll = await customer.call<NativeTask>('GET', `${path}/${taskId}?wait=60`, { timeoutMs: 80_000 });
  expect(poll).toMatchObject({ status: 200, body: { status: 'completed', credits_reserved: 60 } });
});

it('a cancelled task costs nothing, and stops at the provider', async () => {
  const prompt = `never mind ${randomUUID()} [[sim:slow=600000]]`;
  const taskId = await customer.submit({ prompt });
  await eventually(async () => expect((await renderOf(prompt)).outcome).toBe('running'), patient);
  await eventually(async () => expect((await customer.task(taskId)).status).toBe('processing'), patient);
  expect(await wallet(stack, customer.accountId)).toMatchObject({ available: 990, reserved: 10 });

  expect((await customer.call('POST', `${path}/${taskId}/cancel`)).status).toBe(200);

  expect(await customer.finished(taskId)).toMatchObject({
    status: 'failed',
    error: { code: 'cancelled' },
    credits_reserved: 10,
    credits_charged: 0,
    credits_refunded: true,
  });
  expect((await renderOf(prompt)).outcome).toBe('cancelled');
  expect(await wallet(stack, customer.accountId)).toEqual({
    granted: 1_000,
    settled: 0,
    reserved: 0,
    available: 1_000,
  });
  expect(await holds(stack, customer.accountId)).toEqual({ released: 1 });
  expect((await entriesOf(stack, taskId)).map(({ kind, amount }) => [kind, Math.abs(amount)])).toEqual([
    ['hold', 10],
    ['release', 10],
  ]);
  expect(await imbalances(stack)).toEqual([]);
  expect(await customer.call('POST', `${path}/${taskId}/cancel`)).toMatchObject({
    status: 409,
    body: { error: { code: 'not_cancellable' } },
  });
});

it('a deleted task is in no answer any more, and its video is gone', async () => {
  const [kept, taskId] = await Promise.all([customer.submit(), customer.submit()]);
  const [, { url }] = await Promise.all([customer.finished(kept), customer.finished(taskId)]);
  const link = await fetch(url ?? '', { redirect: 'manual', signal: AbortSignal.timeout(10_000) });
  const object = link.headers.get('location') ?? '';
  expect([link.status, (await bytesAt(object)).length > 0]).toEqual([302, true]);
  expect(await listed()).toEqual([kept, taskId].toSorted());

  const deleted = await customer.call('DELETE', `${path}/${taskId}`);

  expect(deleted).toMatchObject({ status: 200, body: { task_id: taskId, deleted: true } });
  expect(await customer.call('GET', `${path}/${taskId}`)).toMatchObject({
    status: 404,
    body: { error: { code: 'task_not_found' } },
  });
  expect(await listed()).toEqual([kept]);
  for (const gone of [url ?? '', object]) {
    expect((await fetch(gone, { redirect: 'manual', signal: AbortSignal.timeout(10_000) })).status).toBe(404);
  }
  expect(await query(stack, 'uploads', 'SELECT id FROM media WHERE task_id = $1', [taskId])).toEqual([]);
  expect(await wallet(stack, customer.accountId)).toMatchObject({ settled: 20, reserved: 0, available: 980 });
});

const small = { model: 'sandbox-video', resolution: '240p', duration: 1, prompt: 'a small test video' };
const patient = { timeoutMs: 60_000, intervalMs: 100 };

async function put({ upload_url: url, method, headers }: Presigned, bytes: Buffer): Promise<number> {
  const body = new Uint8Array(bytes);
  return (await fetch(url, { method, headers, body, signal: AbortSignal.timeout(30_000) })).status;
}

async function bytesAt(url: string): Promise<Buffer> {
  const response = await fetch(url, { signal: AbortSignal.timeout(30_000) });
  expect(response.status).toBe(200);
  return Buffer.from(await response.arrayBuffer());
}

async function listed(): Promise<string[]> {
  const { body } = await customer.call<{ data: NativeTask[] }>('GET', path);
  return body.data.map((task) => task.task_id).toSorted();
}

interface Render {
  readonly prompt: string;
  /** Their URLs. */
  readonly inputs: readonly string[];
  readonly outcome: string;
}

/** What the provider knows of it. */
async function renderOf(prompt: string): Promise<Render> {
  const response = await fetch(`${stack.simulator}/control/renders`, { signal: AbortSignal.timeout(10_000) });
  const { renders }: { renders: Render[] } = JSON.parse(await response.text());
  const [render, ...others] = renders.filter((one) => one.prompt === prompt);
  if (render === undefined || others.length > 0) throw new Error(`not one render of ${prompt}`);
  return render;
}
