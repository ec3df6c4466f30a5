import { ProviderHttp } from '@videoapi/provider-kit';
import { adapters } from '@videoapi/providers';
import { callbackVerifiers } from '@videoapi/providers/callbacks';
import { eventually } from '@videoapi/testing';
import { openStandIn, orderOf, type StandIn } from './stand-in.js';

const aistudios = adapters['aistudios']!;
const verifier = callbackVerifiers['aistudios']!;
const avatar = 'M000045058/BG00002320';
/** One second of it. */
const little = { resolution: '480p', duration: 'auto' as const };
let standIn: StandIn;

beforeAll(async () => {
  const secrets = {
    APP: 'studio',
    KEY: 'secret-of-studio',
    BRIEF: 'brief-studio',
    BRIEF_KEY: 'secret-of-brief-studio',
  };
  standIn = await openStandIn({ secrets, submitTimeoutMs: 1_000 });
});
afterAll(() => standIn.close());

const credentials = { appId: 'env:APP', userKey: 'env:KEY' };
const channel = (changes = {}) => standIn.channel('aistudios', '/aistudios', { credentials, ...changes });
const submit = (order: ReturnType<typeof orderOf>, at = channel()) => standIn.runtime.submit(aistudios, at, order);

const accepted = (order: ReturnType<typeof orderOf>, at = channel()) => standIn.accept(aistudios, at, order);

const lookUp = (order: ReturnType<typeof orderOf>) =>
  standIn.runtime.lookUp(aistudios, channel(), { ...order, callAgeMs: 60_000 });

/** Quick renders have no reference of ours, but their words do. */
const rendersOf = async ({ reference }: ReturnType<typeof orderOf>) =>
  (await standIn.renders()).filter(({ prompt }) => prompt.includes(reference.slice(0, 8)));

async function tokensIssued(): Promise<number> {
  const http = new ProviderHttp();
  const request = { method: 'GET', url: new URL(`${standIn.url}/control/counters`), headers: {} } as const;
  const outcome = await http.exchange(request, { timeoutMs: 2_000 });
  await http.close();
  if (outcome.kind !== 'raw') throw new Error(outcome.reason);
  return JSON.parse(outcome.bytes.toString()).providers.aistudios?.token_issued ?? 0;
}

it('lets an avatar speak plain words: a quick render', async () => {
  const order = orderOf(avatar, little, 'queue=1500, slow=1500');

  const { end, states } = await standIn.settle(aistudios, channel(), await accepted(order));

  expect(states).toEqual(['queued', 'running', 'succeeded']);
  const film = await standIn.watch(channel(), end);
  expect(film).toMatchObject({ width: 854, height: 480, hasAudio: true, complaints: '' });
});

it('lets it speak in portrait: a project with one scene, named after our reference', async () => {
  const order = orderOf(avatar, { ...little, aspectRatio: '9:16' });

  const { end } = await standIn.settle(aistudios, channel(), await accepted(order));

  expect(await standIn.watch(channel(), end)).toMatchObject({ width: 480, height: 854, hasAudio: true });
  expect(await standIn.renders(order.reference)).toMatchObject([{ model: avatar, outcome: 'succeeded' }]);
});

/** Ready by the simulator's own word; nobody has looked yet. */
const rendered = (order: ReturnType<typeof orderOf>) =>
  eventually(
    async () => {
      const [render] = await rendersOf(order);
      if (render?.outcome !== 'succeeded') throw new Error(render?.outcome);
      return render;
    },
    { timeoutMs: 20_000 },
  );

it('is at 100 before there is a link, which ends nothing', async () => {
  const order = orderOf(avatar, little);
  const handle = await accepted(order);
  await rendered(order);

  expect(await standIn.runtime.poll(aistudios, channel(), handle)).toEqual({ state: 'running', progress: 99 });
  expect(await standIn.runtime.poll(aistudios, channel(), handle)).toMatchObject({ state: 'succeeded' });
});

const place = { layer: 1, top: 144.6, left: 630.2, height: 2229, width: 679 };
const older = {
  id: 'aiModel-1h4ij5h8e87',
  type: 'aiModel',
  ...place,
  script: { org: '<p>Hello, this is test video using Api.</p>' },
  model: { ai_name: 'M1', emotion: 'B1', language: 'en' },
};
const background = { id: 'background', type: 'background', source_type: 'image', source_url: '/images/bg.png' };
it.each([
  ['as older clients write them', [{ background, clips: [older], sceneIdx: 0 }], 'M1/B1', 'Hello, this is test'],
  ['words only, several', [{ scripts: [{ org: 'One.' }] }, { scripts: [{ org: 'Two.' }] }], avatar, 'One. Two.'],
])('passes scenes on: %s', async (_, scenes, model, words) => {
  const order = orderOf(avatar, { ...little, providerOptions: { scenes } });

  await accepted(order);

  const renders = await standIn.renders(order.reference);
  expect(renders).toMatchObject([{ model, prompt: expect.stringContaining(words) }]);
});

it('a custom avatar has no clothes', async () => {
  const order = orderOf('A123', little, 'hang');

  await accepted(order);

  expect(await rendersOf(order)).toMatchObject([{ model: 'A123' }]);
});

it('China is asked for nothing that it does not know', async () => {
  const china = standIn.channel('aistudios', '/aistudios/cn', {
    credentials,
    options: { region: 'china', workspaceId: 'ws_1' },
  });
  const quick = orderOf(avatar, { resolution: '1080p' }, 'hang');
  const project = orderOf(avatar, { resolution: '1080p', aspectRatio: '9:16' }, 'hang');

  await accepted(quick, china);
  await accepted(project, china);

  expect(await rendersOf(quick)).toMatchObject([{ width: 1920, height: 1080 }]);
  expect(await rendersOf(project)).toMatchObject([{ width: 1080, height: 1920 }]);
  expect(await submit(quick, { ...china, options: { region: 'international' } })).toMatchObject({
    outcome: 'refused',
    failure: { code: 'invalid_request' },
  });
});

describe('the token', () => {
  it('is minted once for many calls, and again when it is refused before its time', async () => {
    const brief = channel({ id: 'brief', credentials: { appId: 'env:BRIEF', userKey: 'env:BRIEF_KEY' } });
    const before = await tokensIssued();
    const handle = await accepted(orderOf(avatar, little, 'hang'), brief);

    // Three calls and it is over; nobody notices.
    for (let look = 0; look < 7; look += 1) {
      expect((await standIn.runtime.poll(aistudios, brief, handle)).state).not.toBe('unreadable');
    }
    // The submit, seven looks, and two of those once more.
    expect((await tokensIssued()) - before).toBe(3);
  });

  it('is not to be had for a wrong pair, and nothing was made', async () => {
    const order = orderOf(avatar, little);
    const wrong = channel({ id: 'wrong', credentials: { appId: 'env:APP', userKey: 'env:BRIEF_KEY' } });

    expect(await submit(order, wrong)).toMatchObject({
      outcome: 'refused',
      failure: { code: 'channel_credentials', message: 'appId or userKey is not valid' },
    });
    expect(await rendersOf(order)).toEqual([]);
  });

  it('that is refused once is renewed, and the render is made once', async () => {
    const order = orderOf(avatar, little, 'bad-credentials=1, hang');

    await accepted(order);

    expect(await rendersOf(order)).toHaveLength(1);
  });
});

it.each([
  ['429', 'rate_limited'],
  ['no-balance', 'channel_balance'],
  ['bad-credentials', 'channel_credentials'],
  ['moderate-prompt', 'content_rejected'],
  ['invalid', 'invalid_request'],
])('%s is refused as %s, and nothing was made', async (directive, code) => {
  const order = orderOf(avatar, little, directive);

  expect(await submit(order)).toMatchObject({ outcome: 'refused', failure: { code } });
  expect(await rendersOf(order)).toEqual([]);
});

it.each(['accept-then-timeout', 'accept-then-reset', 'accept-then-5xx', 'accept-then-malformed'])(
  '%s leaves it unknown, and once the project is ready it is found',
  async (directive) => {
    const order = orderOf(avatar, { ...little, aspectRatio: '9:16' }, directive);

    expect(await submit(order)).toMatchObject({ outcome: 'unknown' });
    const render = await rendered(order);
    expect(await lookUp(order)).toEqual({ outcome: 'found', handle: { id: render.id } });
  },
);

it.each([
  ['a project that still renders', '9:16', 'status 200: not among the projects that are ready'],
  ['a quick render', '16:9', 'a quick render has no name'],
])('%s is not found', async (_, aspectRatio, reason) => {
  const order = orderOf(avatar, { ...little, aspectRatio }, 'accept-then-reset, hang');

  expect(await submit(order)).toMatchObject({ outcome: 'unknown' });
  expect(await lookUp(order)).toEqual({ outcome: 'cannot_tell', reason });
});

it.each([
  ['fail', 'provider_error'],
  ['moderate', 'content_rejected'],
  ['expire', 'provider_error'],
])('%s ends it as %s', async (directive, code) => {
  const { end } = await standIn.settle(aistudios, channel(), await accepted(orderOf(avatar, little, directive)));

  expect(end).toMatchObject({ state: 'failed', failure: { code } });
});

it.each([
  ['unknown-status=1', { state: 'running', unknownStatus: 'simmering' }],
  ['malformed=1', { state: 'unreadable' }],
  ['poll-429=1', { state: 'unreadable' }],
  ['poll-5xx=1', { state: 'unreadable' }],
  ['gone=1', { state: 'gone' }],
])('%s shows for one look', async (directive, first) => {
  const handle = await accepted(orderOf(avatar, little, `${directive}, slow=60000`));

  expect(await standIn.runtime.poll(aistudios, channel(), handle)).toMatchObject(first);
  expect(await standIn.runtime.poll(aistudios, channel(), handle)).toMatchObject({ state: 'running' });
});

it('calls back in bursts that nobody signs, and so does anybody else', async () => {
  const webhooks = await standIn.listen();
  const order = orderOf(avatar, little, 'forged-callback, slow=100');
  await accepted({ ...order, callbackUrl: webhooks.url(order.reference) });

  // One of somebody else, that it runs, that it is ready.
  const told = await webhooks.of(order.reference, 3);

  expect(told.map((callback) => verifier.verify(callback, ['some-secret'], Date.now()))).toEqual([
    'hint',
    'hint',
    'hint',
  ]);
  expect(told.map((callback) => verifier.parse(callback))).toEqual([
    { status: '100%' },
    { status: expect.stringMatching(/^\d+%$/) },
    { status: '100%' },
  ]);
  await webhooks.close();
});

it('cannot be cancelled', async () => {
  const handle = await accepted(orderOf(avatar, little, 'hang'));

  expect(await standIn.runtime.cancel(aistudios, channel(), handle)).toBe('unsupported');
});
