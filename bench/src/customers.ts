import { randomUUID } from 'node:crypto';
import { Pool } from 'undici';
import { call, type DevFile } from './stack.js';

/** A model whose tasks only wait: what is measured is the submit. And one whose tasks are rendered. */
export const benchCatalog = (simulatorUrl: string) => {
  const channel = {
    provider: 'simulator',
    baseUrl: `${simulatorUrl}/simulator`,
    credentials: { apiKey: 'env:SIMULATOR_API_KEY' },
  };
  const model = {
    capabilities: {
      types: ['text-to-video'],
      resolutions: ['240p'],
      durations: { values: [1] },
      aspectRatios: ['16:9'],
    },
    defaults: { resolution: '240p', duration: 1, aspectRatio: '16:9' },
    price: { mode: 'per_call', credits: 1 },
    p50Seconds: 1,
    deadlines: { queue: 86_400, total: 86_400 },
  };
  return {
    sandboxChannel: 'simulator',
    channels: [
      { ...channel, id: 'simulator', slots: 2000 },
      { ...channel, id: 'parked', slots: 1, ratePerSecond: 0.001, burst: 1 },
    ],
    models: [
      { ...model, id: 'bench-parked', name: 'Parked', routes: [{ channel: 'parked', upstreamModel: 'x' }] },
      { ...model, id: 'bench-video', name: 'Rendered', routes: [{ channel: 'simulator', upstreamModel: 'x' }] },
    ],
  };
};

/** Accounts with credits, each with a key: no single limit or wallet is what is measured. */
export async function openAccounts(dev: DevFile, count: number): Promise<string[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const { id } = await call<{ id: string }>(dev, 'POST', '/api/admin/accounts', {
        name: `bench ${randomUUID()}`,
        max_queued: 1_000_000,
      });
      await call(dev, 'POST', `/api/admin/accounts/${id}/grants`, { amount: 100_000_000, key: randomUUID() });
      return (await call<{ key: string }>(dev, 'POST', `/api/admin/accounts/${id}/keys`, { name: 'bench' })).key;
    }),
  );
}

/** Submits, round-robin over the keys; resolves to whether it was accepted and, through `onTask`, to its id. */
export function submitter(
  dev: DevFile,
  keys: readonly string[],
  model: string,
  onTask: (taskId: string, key: string) => void = () => undefined,
): () => Promise<boolean> {
  const pool = new Pool(dev.gateway, { connections: 256, pipelining: 1 });
  const body = JSON.stringify({ model, prompt: 'A paper boat crosses a puddle at night' });
  let turn = 0;
  return async () => {
    const key = keys[turn++ % keys.length] ?? '';
    const response = await pool.request({
      method: 'POST',
      path: '/v1/video/generations',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body,
      headersTimeout: 30_000,
    });
    const text = await response.body.text();
    if (response.statusCode !== 200) return false;
    onTask(JSON.parse(text).task_id, key);
    return true;
  };
}

/** Reads the status of known tasks, one after the other. */
export function reader(dev: DevFile, tasks: readonly { taskId: string; key: string }[]): () => Promise<boolean> {
  const pool = new Pool(dev.gateway, { connections: 256, pipelining: 1 });
  let turn = 0;
  return async () => {
    const task = tasks[(turn += 7) % tasks.length];
    const response = await pool.request({
      method: 'GET',
      path: `/v1/video/generations/${task?.taskId}`,
      headers: { authorization: `Bearer ${task?.key}` },
      headersTimeout: 30_000,
    });
    await response.body.dump();
    return response.statusCode === 200;
  };
}
