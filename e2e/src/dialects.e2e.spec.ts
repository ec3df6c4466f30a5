import { eventually } from '@videoapi/testing';
import { Customer, newCustomer } from './customer.js';
import { query, sharedStack } from './stack.js';

const stack = sharedStack();
let owner: Customer & { readonly accountId: string };
/** The same account, with a key that speaks the other dialect of `/v1/videos`. */
let yishang: Customer;

beforeAll(async () => {
  owner = await newCustomer(stack, 100_000);
  const admin = new Customer(stack, stack.keys.admin);
  const json = { name: 'yishang', dialect: 'yishang' };
  const { body } = await admin.call<{ key: string }>('POST', `/api/admin/accounts/${owner.accountId}/keys`, { json });
  yishang = new Customer(stack, body.key);
});

const model = 'ai-studios-avatar';
const prompt = 'Hello from the other side.';

/** One wish, in the words of each dialect. */
const creates = {
  native: () =>
    created<{ task_id: string }>(owner, '/v1/video/generations', {
      model,
      prompt,
      resolution: '480p',
      aspect_ratio: '9:16',
    }).then(({ task_id }) => task_id),
  openai: () => created<{ id: string }>(owner, '/v1/videos', { model, prompt, size: '480x854' }).then(({ id }) => id),
  yishang: () =>
    created<{ task_id: string }>(yishang, '/v1/videos', { model, prompt, size: '480x854' }).then(
      ({ task_id }) => task_id,
    ),
  aistudios: () =>
    created<{ data: { projectId: string } }>(owner, '/api/odin/v3/editor/project', {
      orientation: 'portrait',
      resolution: '480',
      scenes: [{ sceneIdx: 0, scripts: [{ org: prompt }] }],
    }).then(({ data }) => data.projectId),
};
type Name = keyof typeof creates;

async function created<Body>(customer: Customer, path: string, json: object): Promise<Body> {
  const { status, body } = await customer.call<Body>('POST', path, { json });
  expect([path, status, body]).toEqual([path, 200, body]);
  return body;
}

/** Where each dialect shows a finished task: its state in that dialect's word, and the link. */
const reads: Readonly<Record<Name, (id: string) => Promise<{ status: number; state: unknown; url: unknown }>>> = {
  native: async (id) => {
    const { status, body } = await owner.call<Shown>('GET', `/v1/video/generations/${id}`);
    return { status, state: body.status, url: body.url };
  },
  openai: async (id) => {
    const { status, body } = await owner.call<Shown>('GET', `/v1/videos/${id}`);
    return { status, state: body.status, url: body.video_url };
  },
  yishang: async (id) => {
    const { status, body } = await yishang.call<Shown>('GET', `/v1/videos/${id}`);
    return { status, state: body.status, url: body.video_url };
  },
  aistudios: async (id) => {
    const { status, body } = await owner.call<{ data: Shown }>('GET', `/api/odin/v3/editor/progress/${id}`);
    return { status, state: body.data.state, url: body.data.downloadUrl };
  },
};

interface Shown {
  readonly status?: string;
  readonly state?: string;
  readonly url?: string;
  readonly video_url?: string;
  readonly downloadUrl?: string;
}

const doneWords = { native: 'completed', openai: 'completed', yishang: 'completed', aistudios: 'Complete' };
const names = ['native', 'openai', 'yishang', 'aistudios'] as const;

it('the same wish in four dialects is four tasks with one canonical request and one price', async () => {
  const ids: string[] = [];
  for (const name of names) ids.push(await creates[name]());

  expect(new Set(ids).size).toBe(4);
  const distinct = await query(
    stack,
    'orchestrator',
    `SELECT model, type, resolved, metadata, end_user_id, price_params, quote, credits_reserved, timing, mode,
       count(*)::int AS tasks
     FROM task WHERE id = ANY($1) GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10`,
    [ids],
  );
  expect(distinct).toMatchObject([
    {
      tasks: 4,
      model,
      credits_reserved: '600',
      resolved: { prompt, resolution: '480p', aspectRatio: '9:16', duration: 'auto', providerOptions: {} },
    },
  ]);
  const held = await query(stack, 'billing', 'SELECT DISTINCT amount FROM hold WHERE id = ANY($1)', [ids]);
  expect(held).toEqual([{ amount: '600' }]);
});

it.each(names)('a task made in %s is read in the other three', async (maker) => {
  const id = await creates[maker]();
  const { url } = await owner.finished(id);

  for (const reader of names) {
    expect([reader, await reads[reader](id)]).toEqual([reader, { status: 200, state: doneWords[reader], url }]);
  }
});

it('a task that failed is one in every dialect, for the same reason', async () => {
  const id = await owner.submit({ prompt: 'not nice [[sim:moderate]]' });
  await owner.finished(id);

  const said = {
    native: (await owner.task(id)).error?.code,
    openai: (await owner.call<Failed>('GET', `/v1/videos/${id}`)).body.error.code,
    yishang: (await yishang.call<Failed>('GET', `/v1/videos/${id}`)).body.error.code,
    aistudios: (await owner.call<Failed>('GET', `/api/odin/v3/editor/progress/${id}`)).body.error.code,
  };

  expect(new Set(Object.values(said))).toEqual(new Set(['content_rejected']));
});

interface Failed {
  readonly error: { readonly code: string };
}

it('a task of another account is in none of them', async () => {
  const id = await owner.submit();
  const stranger = await newCustomer(stack, 0);
  const other = await newCustomer(stack, 0, 'yishang');
  const statuses = await Promise.all([
    stranger.call('GET', `/v1/video/generations/${id}`),
    stranger.call('GET', `/v1/videos/${id}`),
    other.call('GET', `/v1/videos/${id}`),
    stranger.call('GET', `/api/odin/v3/editor/progress/${id}`),
    stranger.call('GET', `/api/odin/editor/progress/${id}`),
    stranger.call('GET', `/api/odin/v3/editor/project/${id}`),
  ]);
  expect(statuses.map(({ status }) => status)).toEqual(Array(6).fill(404));
  await eventually(async () => expect((await owner.task(id)).status).toBe('completed'), { timeoutMs: 60_000 });
});
