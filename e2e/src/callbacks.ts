import { createHmac } from 'node:crypto';
import { eventually } from '@videoapi/testing';
import { Webhook } from 'standardwebhooks';
import { entriesOf, wallet } from './ledger.js';
import { type DevFile, query } from './stack.js';
import { type Render, rendersSince } from './upstream.js';

/** The status of a callback that we make up. */
export async function post(url: string, body: string, headers: Record<string, string> = {}): Promise<number> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
    signal: AbortSignal.timeout(10_000),
  });
  return response.status;
}

/** What somebody signs with who does not know the secret. */
const secret = 'whsec_Zm9yZ2VkIGJ5IHNvbWVib2R5IGVsc2U=';

export function standard(_: string, body: string): Record<string, string> {
  const at = new Date();
  return {
    'webhook-id': 'msg_forged',
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(secret).sign('msg_forged', at, body),
  };
}

export function hmac(url: string): Record<string, string> {
  const date = new Date().toUTCString();
  const text = `POST\n${new URL(url).pathname}\n\nvidu\n${date}\n`;
  return {
    date,
    'x-hmac-algorithm': 'hmac-sha256',
    'x-hmac-access-key': 'vidu',
    'x-hmac-signed-headers': '',
    'x-hmac-signature': createHmac('sha256', secret).update(text).digest('base64'),
  };
}

interface TaskRow {
  readonly account_id: string;
  readonly wakes_at: Date;
  readonly completed_at: Date | null;
}

interface AttemptRow {
  readonly id: string;
  readonly handle: unknown;
  readonly accepted_at: Date | null;
  readonly ended_at: Date | null;
  readonly last_observation: { readonly state: string } | null;
}

/**
 * All that a callback could change: the rows of the task and of its money, and whether the provider was asked. Not when the
 * task is next woken by itself.
 */
export async function factsOf(stack: DevFile, taskId: string) {
  const rows = <Row extends object>(text: string) => query<Row>(stack, 'orchestrator', text, [taskId]);
  const [found] = await rows<TaskRow>('SELECT * FROM task WHERE id = $1');
  if (found === undefined) throw new Error(`there is no ${taskId}`);
  const { wakes_at: _, ...task } = found;
  return {
    task,
    attempts: await rows<AttemptRow>('SELECT * FROM attempt WHERE task_id = $1'),
    polls: {
      planned: await rows(`SELECT * FROM timer WHERE task_id = $1 AND kind = 'poll'`),
      made: (await renderOf(stack, taskId)).polls,
    },
    wallet: await wallet(stack, task.account_id),
    entries: await entriesOf(stack, taskId),
  };
}

/** When the next poll of a running task is due; throws unless that is far away. */
export async function pollFarAway(stack: DevFile, taskId: string): Promise<Date> {
  const [timer] = await query<{ due_at: Date }>(
    stack,
    'orchestrator',
    `SELECT due_at FROM timer WHERE task_id = $1 AND kind = 'poll' AND due_at > now() + interval '45 s'`,
    [taskId],
  );
  if (timer === undefined) throw new Error('no poll is planned, or one is near');
  return timer.due_at;
}

/** Accepted, looked at so often, and what was seen is written down. */
export function untilQuiet(stack: DevFile, taskId: string, looks: number): Promise<Render> {
  return eventually(
    async () => {
      await pollFarAway(stack, taskId);
      const { attempts } = await factsOf(stack, taskId);
      if (looks > 0) expect(attempts).toMatchObject([{ last_observation: { state: 'running' } }]);
      const render = await renderOf(stack, taskId);
      expect(render.polls).toBe(looks);
      return render;
    },
    { timeoutMs: 30_000, intervalMs: 200 },
  );
}

async function attemptOf(stack: DevFile, taskId: string): Promise<string> {
  const text = 'SELECT id FROM attempt WHERE task_id = $1';
  const [attempt] = await query<{ id: string }>(stack, 'orchestrator', text, [taskId]);
  if (attempt === undefined) throw new Error('not dispatched yet');
  return attempt.id;
}

/** What the simulator made of a task. The address that it was told to call bears the attempt's id. */
export async function renderOf(stack: DevFile, taskId: string): Promise<Render> {
  const token = Buffer.from((await attemptOf(stack, taskId)).replaceAll('-', ''), 'hex')
    .toString('base64url')
    .slice(0, 21);
  const render = (await rendersSince(stack, 0)).find(({ callbackUrl }) => callbackUrl?.includes(token));
  if (render === undefined) throw new Error('not submitted yet');
  return render;
}

export async function callbacksFor(stack: DevFile, taskId: string) {
  return query<{ trust: string; state: string; body: string; received_at: Date }>(
    stack,
    'webhooks',
    `SELECT trust, state, convert_from(body, 'UTF8') AS body, received_at FROM inbound_callback
     WHERE attempt_id = $1 ORDER BY received_at, id`,
    [await attemptOf(stack, taskId)],
  );
}
