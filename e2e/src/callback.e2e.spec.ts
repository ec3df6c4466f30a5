import { eventually } from '@videoapi/testing';
import { callbacksFor, factsOf, hmac, pollFarAway, post, renderOf, standard, untilQuiet } from './callbacks.js';
import { type Customer, newCustomer } from './customer.js';
import { entriesOf, imbalances, wallet } from './ledger.js';
import { applyCatalog, shippedCatalog } from './shipped.js';
import { sharedStack } from './stack.js';
import { release } from './upstream.js';

const stack = sharedStack();
const shipped = shippedCatalog(stack);
const granted = 1000;

interface Wish {
  readonly model: string;
  readonly resolution: string;
  readonly duration: number;
}
interface Case {
  readonly wish: Wish;
  readonly credits: number;
  /** How often it calls back, and we look, before the render ends. */
  readonly looks: number;
}

/** Its provider calls back without a signature, so that anybody who knew the URL could forge one. */
const ark: Case = { wish: { model: 'seedance-2.0', resolution: '480p', duration: 4 }, credits: 48, looks: 1 };
const sandbox: Case = { wish: { model: 'sandbox-video', resolution: '240p', duration: 1 }, credits: 10, looks: 0 };
const kling: Case = { wish: { model: 'kling-video', resolution: '720p', duration: 3 }, credits: 51, looks: 1 };
const vidu: Case = { wish: { model: 'viduq3-turbo', resolution: '540p', duration: 1 }, credits: 7, looks: 1 };

/** Under which no poll is due for a minute: what ends sooner was ended by a callback. */
const patient = { ...shipped, models: shipped.models.map((model) => ({ ...model, p50Seconds: 60 })) };
const leastWaitMs = 60_000;

let customer: Customer & { readonly accountId: string };
/** Whose tasks go through the same path after a callback that must change nothing: then that one has been through too. */
let follower: Customer;

beforeAll(async () => {
  await applyCatalog(stack, patient);
  follower = await newCustomer(stack, 100_000);
});
afterAll(() => applyCatalog(stack, shipped));
beforeEach(async () => {
  customer = await newCustomer(stack, granted);
});

describe('callbacks change nothing but timing', () => {
  it.each([
    ['unsigned', ark, 'hint'],
    ['signed', sandbox, 'signed'],
    ['signed, on each change', kling, 'signed'],
  ])('on time, %s: the task ends long before its poll is due', async (name, { wish, credits, looks }, trust) => {
    const tag = `[[sim@on-time-${name.length}:hang]]`;
    const taskId = await submit(wish, `[[sim:until-released]] ${tag}`);
    await untilQuiet(stack, taskId, looks);
    const pollDueAt = await pollFarAway(stack, taskId);

    const releasedAt = Date.now();
    expect(await release(stack, tag)).toBe(1);
    expect(await customer.finished(taskId)).toMatchObject({ status: 'completed', credits_charged: credits });

    const { attempts, task } = await factsOf(stack, taskId);
    expect(task.completed_at?.getTime()).toBeLessThan(pollDueAt.getTime());
    const endedAt = attempts[0]?.ended_at?.getTime() ?? 0;
    const told = (await callbacksFor(stack, taskId)).filter(
      ({ received_at: at }) => at.getTime() >= releasedAt && at.getTime() <= endedAt,
    );
    expect(told).toMatchObject([{ state: 'accepted', trust }]);
    await expectPaidOnce(taskId, credits);
  });

  it.each([
    ['unsigned', ark, 'hint'],
    ['signed', sandbox, 'signed'],
  ])('before the submit is answered, %s: looked at as soon as it is', async (_, { wish, credits }, trust) => {
    // Long enough for them to be through before the attempt is known to be accepted.
    const taskId = await submit(wish, '[[sim:early-callback, answer-delay=5000]]');
    expect(await customer.finished(taskId)).toMatchObject({ status: 'completed', credits_charged: credits });

    const { attempts, task } = await factsOf(stack, taskId);
    const acceptedAt = attempts[0]?.accepted_at?.getTime() ?? 0;
    const told = await callbacksFor(stack, taskId);
    expect(told.length).toBeGreaterThan(0);
    for (const callback of told) {
      expect(callback).toMatchObject({ state: 'accepted', trust });
      expect(callback.received_at.getTime()).toBeLessThan(acceptedAt);
    }
    expect(task.completed_at?.getTime()).toBeLessThan(acceptedAt + leastWaitMs);
    await expectPaidOnce(taskId, credits);
  });

  it('forged ones: an unknown URL is 404, a stolen one only causes a look', async () => {
    const tag = '[[sim@stolen:hang]]';
    const taskId = await submit(ark.wish, `[[sim:until-released]] ${tag}`);
    const render = await untilQuiet(stack, taskId, ark.looks);
    const url = render.callbackUrl ?? '';
    const before = await factsOf(stack, taskId);

    const id = `cgt-${taskId}`;
    const success = { id, status: 'succeeded', content: { video_url: 'http://attacker.example/x.mp4' } };
    const unknownUrl = `${stack.webhooks}/callbacks/seedance/${'A'.repeat(43)}`;
    expect(await post(unknownUrl, JSON.stringify(success))).toBe(404);
    expect(await post(url, JSON.stringify(success))).toBe(200);
    await untilQuiet(stack, taskId, ark.looks + 1);
    expect(await post(url, JSON.stringify({ id, status: 'failed' }))).toBe(200);
    await untilQuiet(stack, taskId, ark.looks + 2);
    await follow(ark);

    const forged = (await callbacksFor(stack, taskId)).filter(({ body }) => body.includes(id));
    expect(forged).toMatchObject([
      { state: 'accepted', trust: 'hint' },
      { state: 'accepted', trust: 'hint' },
    ]);
    const { polls: _, ...after } = await factsOf(stack, taskId);
    expect(after).toEqual({ ...after, task: before.task, wallet: before.wallet, entries: before.entries });
    expect(after.attempts).toMatchObject([{ state: 'running', handle: before.attempts[0]?.handle }]);

    await release(stack, tag);
    expect(await customer.finished(taskId)).toMatchObject({ status: 'completed', credits_charged: ark.credits });
    await expectPaidOnce(taskId, ark.credits);
  });

  it.each([
    ['sandbox', sandbox, standard],
    ['kling', kling, standard],
    ['vidu', vidu, hmac],
  ])('forged ones of a provider that signs are 401 and not even looked at: %s', async (name, one, sign) => {
    const tag = `[[sim@forged-${name}:hang]]`;
    const taskId = await submit(one.wish, `[[sim:until-released]] ${tag}`);
    const render = await untilQuiet(stack, taskId, one.looks);
    const url = render.callbackUrl ?? '';
    const before = await factsOf(stack, taskId);
    const genuine = await callbacksFor(stack, taskId);

    const body = JSON.stringify({ id: render.id, status: 'succeeded', state: 'success', data: { id: render.id } });
    expect(await post(url, body)).toBe(401);
    expect(await post(url, body, sign(url, body))).toBe(401);
    await follow(one);

    const forged = (await callbacksFor(stack, taskId)).slice(genuine.length);
    expect(forged).toMatchObject([
      { state: 'rejected', trust: 'forged', body },
      { state: 'rejected', trust: 'forged', body },
    ]);
    expect(await factsOf(stack, taskId)).toEqual(before);

    await release(stack, tag);
    expect(await customer.finished(taskId)).toMatchObject({ status: 'completed', credits_charged: one.credits });
    await expectPaidOnce(taskId, one.credits);
  });

  it('come from a provider that first wants the address to prove itself', async () => {
    const hailuo = { model: 'hailuo-video', resolution: '768p', duration: 6 };
    const taskId = await submit(hailuo, '[[sim:slow=1500, fail]]');

    expect(await customer.finished(taskId)).toMatchObject({ status: 'failed', credits_charged: 0 });
    const stored = await eventually(
      async () => {
        const found = await callbacksFor(stack, taskId);
        expect(found.length).toBeGreaterThanOrEqual(2);
        return found;
      },
      { timeoutMs: 20_000 },
    );
    // The challenge itself was answered and not kept.
    expect(stored.map(({ trust, body }) => [trust, JSON.parse(body).status])).toEqual([
      ['hint', 'processing'],
      ['hint', 'failed'],
    ]);
  });

  it.each([
    ['a failure, of a task that was completed', '', 'completed', { status: 'failed' }],
    ['a success, of a task that failed', '[[sim:fail]]', 'failed', { status: 'succeeded' }],
  ])('late ones: %s', async (_, directive, end, claim) => {
    const taskId = await submit(ark.wish, directive);
    expect(await customer.finished(taskId)).toMatchObject({ status: end });
    const render = await renderOf(stack, taskId);
    const before = await factsOf(stack, taskId);
    const shown = await customer.task(taskId);

    const body = JSON.stringify({ id: render.id, ...claim, late: taskId });
    expect(await post(render.callbackUrl ?? '', body)).toBe(200);
    await follow(ark);

    const late = (await callbacksFor(stack, taskId)).filter((callback) => callback.body === body);
    expect(late).toMatchObject([{ state: 'accepted', trust: 'hint' }]);
    expect(await factsOf(stack, taskId)).toEqual(before);
    expect(await customer.task(taskId)).toEqual(shown);
    await expectPaidOnce(taskId, end === 'completed' ? ark.credits : 0, ark.credits);
  });
});

function submit(wish: Wish, script: string): Promise<string> {
  return customer.submit({ ...wish, prompt: `a quiet street ${script}` });
}

/** A task of the same provider that ends by its own callback: what came in before has been dealt with by then. */
async function follow({ wish }: Case): Promise<void> {
  const taskId = await follower.submit({ ...wish, prompt: 'a quiet street' });
  expect(await follower.finished(taskId)).toMatchObject({ status: 'completed' });
}

/** The hold, and what became of it, once; the wallet agrees. */
async function expectPaidOnce(taskId: string, charged: number, held = charged): Promise<void> {
  const end = charged > 0 ? 'settle' : 'release';
  expect(await entriesOf(stack, taskId)).toEqual([
    { kind: 'hold', amount: held },
    { kind: end, amount: held },
  ]);
  expect(await wallet(stack, customer.accountId)).toEqual({
    granted,
    settled: charged,
    reserved: 0,
    available: granted - charged,
  });
  expect(await imbalances(stack)).toEqual([]);
}
