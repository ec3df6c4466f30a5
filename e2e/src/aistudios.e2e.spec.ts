import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, tempDir } from '@videoapi/testing';
import { Webhook } from 'standardwebhooks';
import { curl } from './curl.js';
import { type Customer, newCustomer } from './customer.js';
import { imbalances, wallet } from './ledger.js';
import { Receiver } from './receiver.js';
import { query, sharedStack } from './stack.js';
import { probe } from './video.js';

const stack = sharedStack();
let customer: Customer & { readonly accountId: string };

beforeAll(async () => {
  customer = await newCustomer(stack, 10_000);
});

interface Answer {
  readonly success: boolean;
  readonly data: { readonly projectId: string; readonly token: string; readonly isAuthenticated: boolean } & Progress;
  readonly error?: { readonly code: string; readonly msg: string };
}

interface Progress {
  readonly progress: number;
  readonly state: string;
  readonly downloadUrl?: string;
}

const json = ['-H', 'Content-Type: application/json'];

function call(...args: string[]): { status: number; body: Answer } {
  const { status, body } = curl(...args);
  return { status, body: JSON.parse(body) };
}

/** The body that the document prints, as the dialect's first example has it. */
const [printed]: { body: object }[] = JSON.parse(
  readFileSync(new URL('../../libs/dialects/src/aistudios/examples/create.json', import.meta.url), 'utf8'),
);

/** The document's second call, with its host and key filled in and nothing else changed. */
function order(apiKey: string, body: object = printed?.body ?? {}) {
  return call(
    `${stack.gateway}/api/odin/v3/editor/project`,
    '-H',
    `Authorization: ${apiKey}`,
    ...json,
    '-X',
    'POST',
    '-d',
    JSON.stringify(body),
  );
}

/** Its third call, at the address that it prints. */
function progressOf(apiKey: string, key: string) {
  const address = `${stack.gateway}/api/odin/editor/progress/${key}`;
  return call(address, '-H', `Authorization: ${apiKey}`, ...json, '-X', 'GET');
}

async function ended(apiKey: string, key: string): Promise<Answer> {
  return eventually(
    () => {
      const { body } = progressOf(apiKey, key);
      if (body.data.state !== 'Complete' && body.data.state !== 'Failed') throw new Error(`still ${body.data.state}`);
      return body;
    },
    { timeoutMs: 60_000, intervalMs: 200 },
  );
}

const spoken = (org: string, more: object = {}) => ({ scenes: [{ sceneIdx: 0, scripts: [{ org }] }], ...more });

describe("the document's own calls", () => {
  it('turn the printed project into a video that plays, with the bare key', async () => {
    const ordered = order(customer.key);
    const { projectId } = ordered.body.data;
    expect(ordered).toEqual({ status: 200, body: { success: true, data: { projectId } } });
    expect(progressOf(customer.key, projectId)).toEqual({
      status: 200,
      body: { success: true, data: expect.objectContaining({ progress: expect.any(Number) }) },
    });

    const { success, data } = await ended(customer.key, projectId);

    expect([success, data]).toEqual([
      true,
      { progress: 100, state: 'Complete', downloadUrl: expect.stringMatching(/\/media\/.+\.mp4$/) },
    ]);
    const file = join(tempDir('aistudios'), 'project.mp4');
    expect(curl('-L', '-o', file, data.downloadUrl ?? '').status).toBe(200);
    expect(probe(file)).toMatchObject({ codec: 'h264', width: 1920, height: 1080 });
    const [task] = await query<{ resolved: object }>(stack, 'orchestrator', 'SELECT resolved FROM task WHERE id = $1', [
      projectId,
    ]);
    expect(task?.resolved).toMatchObject({
      prompt: 'Hello, this is test video using Api.',
      providerOptions: { scenes: [{ clips: [{ model: { ai_name: 'M000045058' } }] }] },
    });
    expect(await imbalances(stack)).toEqual([]);
  });

  it('work with a token for the key, which dies with it', async () => {
    const { appId, userKey } = stack.keys.aistudios;
    const asked = (key: string) =>
      call(
        '-X',
        'POST',
        `${stack.gateway}/api/odin/v3/auth/token`,
        ...json,
        '-d',
        JSON.stringify({ appId, userKey: key }),
      );
    const demo = asked(userKey).body.data.token;
    const made = order(demo, spoken('Hello.', { resolution: '480' }));
    expect((await ended(demo, made.body.data.projectId)).data.state).toBe('Complete');

    const short = await newCustomer(stack, 10_000);
    const { token } = asked(short.key).body.data;
    expect(order(token, spoken('Hello.', { resolution: '480' })).status).toBe(200);
    const admin = ['-H', `Authorization: Bearer ${stack.keys.admin}`];
    curl('-X', 'POST', `${stack.gateway}/api/admin/accounts/${short.accountId}/disable`, ...admin, ...json, '-d', '{}');
    await eventually(() => expect(order(token).status).toBe(401), { timeoutMs: 30_000, intervalMs: 100 });
    expect(asked(short.key)).toMatchObject({
      status: 401,
      body: { success: false, error: { code: 'account_disabled' } },
    });
  });

  it('say why a project failed, and give the credits back', async () => {
    const account = await newCustomer(stack, 1_000);
    const ordered = order(account.key, spoken('Not nice [[sim:moderate]]', { resolution: '480' }));
    expect(await ended(account.key, ordered.body.data.projectId)).toMatchObject({
      success: false,
      error: { code: 'content_rejected', msg: expect.any(String) },
      data: { state: 'Failed' },
    });
    expect(await wallet(stack, account.accountId)).toMatchObject({ available: 1_000, reserved: 0 });
  });
});

it('tells the webhook of a project in its own words, signed, and in ours on an endpoint', async () => {
  const receiver = await Receiver.open();
  const at = (path: string) => receiver.received.filter((each) => each.path === path);
  const hook = receiver.url('/project');
  const account = await newCustomer(stack, 1_000);
  const { body: rotated } = await account.call<{ secret: string }>('POST', '/api/webhooks/secret/rotate', { json: {} });
  await account.call('POST', '/api/webhooks/endpoints', { json: { url: receiver.url('/endpoint') } });

  const { projectId } = order(account.key, spoken('Hello.', { webhookUrl: hook, resolution: '480' })).body.data;

  const told = await eventually(
    () => {
      const types = at('/endpoint').map(({ body }) => (JSON.parse(body) as { type: string }).type);
      expect(types.filter((type) => type === 'video.completed')).toHaveLength(1);
      expect(at('/project')).toHaveLength(1);
      return at('/project')[0];
    },
    { timeoutMs: 60_000 },
  );
  receiver.close();
  const headers = Object.entries(told?.headers ?? {}).map(([name, value]) => [name, String(value)]);
  const { data } = await ended(account.key, projectId);
  expect(new Webhook(rotated.secret).verify(told?.body ?? '', Object.fromEntries(headers))).toEqual({
    progress: 100,
    credit: (await wallet(stack, account.accountId))?.settled,
    backendTaskId: projectId,
    projectId,
    download_url: data.downloadUrl,
  });
});

it('answers errors in its own shape', async () => {
  const refusal = (code: string) => ({
    success: false,
    error: expect.objectContaining({ code, msg: expect.any(String) }),
  });
  expect(order('nonsense')).toEqual({ status: 401, body: refusal('invalid_api_key') });
  expect(order(customer.key, {})).toEqual({ status: 400, body: refusal('missing_parameter') });
  expect(order(customer.key, spoken('Hello.', { resolution: '8k' }))).toEqual({
    status: 422,
    body: refusal('invalid_field'),
  });
  expect(order(customer.key, spoken('Hello.', { model: 'no-such-model' }))).toEqual({
    status: 400,
    body: refusal('model_not_found'),
  });
  const poor = await newCustomer(stack, 1);
  expect(order(poor.key)).toEqual({ status: 402, body: refusal('insufficient_credits') });
  expect(progressOf(customer.key, '65fa6b07dca2e367461a2925')).toEqual({
    status: 404,
    body: refusal('task_not_found'),
  });
});
