import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '@videoapi/testing';
import { type Customer, newCustomer } from './customer.js';
import { holds, imbalances, wallet } from './ledger.js';
import { Receiver } from './receiver.js';
import { act, query, sharedStack, untilAllReady } from './stack.js';

const stack = sharedStack();
const taskCount = 200;
/** A tenth fails, so that releases are under way as well. */
const isDoomed = (index: number) => index % 10 === 3;
const services = ['gateway', 'billing', 'orchestrator', 'uploads', 'webhooks', 'provider-worker'];

/** Submits until it is accepted, as a client library would, under one key: an answer that was lost is asked for again. */
async function submitStubbornly(customer: Customer, index: number, callbackUrl: string): Promise<string> {
  const prompt = isDoomed(index) ? 'storm [[sim:slow=1500]] [[sim:fail]]' : 'storm [[sim:slow=1500]]';
  const request = { model: 'sandbox-video', resolution: '240p', duration: 1, prompt, callback_url: callbackUrl };
  return eventually(
    async () => {
      const { status, body } = await customer.create(request, { 'idempotency-key': `storm-${index}` });
      if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
      return body.task_id;
    },
    { timeoutMs: 90_000, intervalMs: 300 },
  );
}

/** Everything that can go away goes away once, while tasks come in. */
async function storm(): Promise<void> {
  for (const service of services) {
    await act(stack, service, 'kill');
    await pause(1500);
  }
  await act(stack, 'nats', 'kill');
  await pause(2000);
  await act(stack, 'nats', 'wipe');
  await pause(2000);
  await act(stack, 'postgres', 'stop');
  await pause(10_000);
  await act(stack, 'postgres', 'start');
  await untilAllReady(stack);
}

it('ends every task, charges or releases each once and tells of each, whatever dies meanwhile', async () => {
  const customer = await newCustomer(stack, 10 * taskCount);
  const receiver = await Receiver.open();
  try {
    const submitting = Array.from({ length: taskCount }, async (_, index) => {
      await pause(index * 120); // spread over the whole storm
      return submitStubbornly(customer, index, receiver.url());
    });
    const [taskIds] = await Promise.all([Promise.all(submitting), storm()]);

    expect(new Set(taskIds).size).toBe(taskCount);
    await eventually(
      async () => {
        const open = await query(
          stack,
          'orchestrator',
          `SELECT id, state FROM task WHERE account_id = $1 AND is_open`,
          [customer.accountId],
        );
        expect(open).toEqual([]);
      },
      { timeoutMs: 180_000, intervalMs: 1000 },
    );

    const ended = await query<{ state: string; count: string }>(
      stack,
      'orchestrator',
      'SELECT state, count(*) FROM task WHERE account_id = $1 GROUP BY 1 ORDER BY 1',
      [customer.accountId],
    );
    const doomed = Array.from({ length: taskCount }, (_, index) => index).filter(isDoomed).length;
    const completed = Number(ended.find((row) => row.state === 'completed')?.count ?? 0);
    const failed = Number(ended.find((row) => row.state === 'failed')?.count ?? 0);
    expect(completed + failed).toBe(taskCount);
    expect(failed).toBeGreaterThanOrEqual(doomed);

    expect(await holds(stack, customer.accountId)).toEqual({ settled: completed, released: failed });
    expect(await wallet(stack, customer.accountId)).toEqual({
      granted: 10 * taskCount,
      settled: 10 * completed,
      reserved: 0,
      available: 10 * failed,
    });
    expect(await imbalances(stack)).toEqual([]);

    await eventually(
      () => {
        const told = new Set(receiver.received.map((delivery) => JSON.parse(delivery.body).data.task_id));
        expect(told).toEqual(new Set(taskIds));
      },
      { timeoutMs: 180_000, intervalMs: 1000 },
    );

    // The faults were real, and the system was more than a refusal machine while they lasted.
    const processes: { name: string; restarts: number }[] = JSON.parse(
      await (await fetch(`${stack.control}/processes`, { signal: AbortSignal.timeout(5000) })).text(),
    );
    for (const service of services) {
      expect(processes.find((entry) => entry.name === service)?.restarts).toBeGreaterThanOrEqual(1);
    }
    expect(completed).toBeGreaterThanOrEqual((taskCount - doomed) * 0.95);
    expect(await rendersBeyondOne(taskIds)).toEqual([]);
  } finally {
    receiver.close();
  }
}, 480_000);

/** Attempts for which the provider was made to render twice. */
async function rendersBeyondOne(taskIds: readonly string[]): Promise<string[]> {
  const attempts = await query<{ id: string }>(
    stack,
    'orchestrator',
    'SELECT id FROM attempt WHERE task_id = ANY($1)',
    [taskIds],
  );
  const response = await fetch(`${stack.simulator}/control/renders`, { signal: AbortSignal.timeout(10_000) });
  const { renders }: { renders: { clientReference: string | null }[] } = JSON.parse(await response.text());
  const counts = Map.groupBy(renders, (render) => render.clientReference);
  return attempts.map((attempt) => attempt.id).filter((id) => (counts.get(id)?.length ?? 0) > 1);
}
