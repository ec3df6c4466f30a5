import { eventually } from '@videoapi/testing';
import { newCustomer } from './customer.js';
import { imbalances, wallet } from './ledger.js';
import { query, sharedStack } from './stack.js';

const stack = sharedStack();

/** The model whose provider calls back without a signature, so that anybody who knew the URL could forge one. */
const ark = { model: 'seedance-2.0', resolution: '480p', duration: 4 };

describe('callbacks change nothing but timing', () => {
  it.each([
    ['on time', ''],
    ['before the submit is answered', '[[sim:early-callback]]'],
  ])('%s', async (_, directive) => {
    const customer = await newCustomer(stack, 100);
    const taskId = await customer.submit({ ...ark, prompt: `a quiet street ${directive}` });

    expect(await customer.finished(taskId)).toMatchObject({ status: 'completed', credits_charged: 48 });
    expect(await wallet(stack, customer.accountId)).toMatchObject({ available: 52, settled: 48, reserved: 0 });
  });

  it('forged ones: an unknown URL is 404, a stolen one only causes a look', async () => {
    const customer = await newCustomer(stack, 100);
    const taskId = await customer.submit({ ...ark, prompt: 'a slow one [[sim:slow=10000]]' });
    const callbackUrl = await eventually(() => callbackUrlOf(taskId), { timeoutMs: 60_000 });
    const forged = { id: 'cgt-forged', status: 'succeeded', content: { video_url: 'http://attacker.example/x.mp4' } };
    const post = (url: string) =>
      fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(forged),
        signal: AbortSignal.timeout(10_000),
      });

    const unknown = await post(`${stack.webhooks}/callbacks/seedance/${'A'.repeat(43)}`);
    const stolen = await post(callbackUrl);
    const failed = await fetch(callbackUrl, {
      method: 'POST',
      body: JSON.stringify({ ...forged, status: 'failed' }),
      signal: AbortSignal.timeout(10_000),
    });

    expect([unknown.status, stolen.status, failed.status]).toEqual([404, 200, 200]);
    expect((await customer.task(taskId)).status).toBe('processing');
    expect(await customer.finished(taskId)).toMatchObject({ status: 'completed', credits_charged: 48 });
  });

  it('come from a provider that first wants the address to prove itself', async () => {
    const customer = await newCustomer(stack, 100);
    const taskId = await customer.submit({
      model: 'hailuo-video',
      resolution: '768p',
      duration: 6,
      prompt: 'a quiet street [[sim:slow=1500, fail]]',
    });

    expect(await customer.finished(taskId)).toMatchObject({ status: 'failed', credits_charged: 0 });
    const attemptId = await attemptOf(taskId);
    const stored = await eventually(async () => {
      const found = await query<{ trust: string; body: string }>(
        stack,
        'webhooks',
        `SELECT trust, convert_from(body, 'UTF8') AS body FROM inbound_callback WHERE attempt_id = $1 ORDER BY received_at`,
        [attemptId],
      );
      expect(found.length).toBeGreaterThanOrEqual(2);
      return found;
    });
    // The challenge itself was answered and not kept.
    expect(stored.map(({ trust, body }) => [trust, JSON.parse(body).status])).toEqual([
      ['hint', 'processing'],
      ['hint', 'failed'],
    ]);
  });

  it('late ones, after the task has ended', async () => {
    const customer = await newCustomer(stack, 100);
    const taskId = await customer.submit({ ...ark, prompt: 'a short one' });
    const before = await customer.finished(taskId);
    const late = await fetch(await callbackUrlOf(taskId), {
      method: 'POST',
      body: JSON.stringify({ status: 'failed' }),
      signal: AbortSignal.timeout(10_000),
    });

    expect(late.status).toBe(200);
    expect(await customer.task(taskId)).toEqual(before);
    expect(await imbalances(stack)).toEqual([]);
  });
});

/** Where the simulator was told to call back for a task. */
async function callbackUrlOf(taskId: string): Promise<string> {
  const attemptId = await attemptOf(taskId);
  const response = await fetch(`${stack.simulator}/control/renders`, { signal: AbortSignal.timeout(10_000) });
  const { renders }: { renders: { callbackUrl: string | null }[] } = JSON.parse(await response.text());
  const token = Buffer.from(attemptId.replaceAll('-', ''), 'hex').toString('base64url').slice(0, 21);
  const url = renders.map((render) => render.callbackUrl).find((candidate) => candidate?.includes(token) === true);
  if (url === undefined || url === null) throw new Error('not submitted yet');
  return url;
}

async function attemptOf(taskId: string): Promise<string> {
  const text = 'SELECT id FROM attempt WHERE task_id = $1';
  const [attempt] = await query<{ id: string }>(stack, 'orchestrator', text, [taskId]);
  if (attempt === undefined) throw new Error('not dispatched yet');
  return attempt.id;
}
