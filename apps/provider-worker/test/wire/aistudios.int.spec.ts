import { ProviderHttp } from '@videoapi/provider-kit';
import { callbackVerifiers } from '@videoapi/providers/callbacks';
import { eventually } from '@videoapi/testing';
import { orderOf } from './stand-in.js';
import { openWire } from './wire.js';
import { testWire } from './wire-suite.js';
import { nobodyToAsk, usualLooks, usualRefusals } from './wire-table.js';

const verifier = callbackVerifiers['aistudios']!;
const credentials = { appId: 'env:APP', userKey: 'env:KEY' };
const wire = openWire('aistudios', '/aistudios', {
  secrets: { APP: 'studio', KEY: 'secret-of-studio', BRIEF: 'brief-studio', BRIEF_KEY: 'secret-of-brief-studio' },
  channel: () => ({ credentials }),
});
const avatar = 'M000045058/BG00002320';
/** As long as its words take: two seconds. */
const little = { resolution: '480p', duration: 'auto' as const };
const quick = (directives?: string) => orderOf(avatar, little, directives);
/** Portraits are projects, which are named after our reference; quick renders have no name. */
const project = (directives?: string) => orderOf(avatar, { ...little, aspectRatio: '9:16' }, directives);

testWire('aistudios', wire, {
  order: quick,
  carriesReference: false,
  film: { order: quick, width: 854, height: 480, seconds: 2, hasAudio: true },
  modes: { 'a custom avatar, which has no clothes': [orderOf('A123', little), { model: 'A123' }] },
  // Below: it is the token that is refused.
  wrongKeys: {},
  refusals: usualRefusals,
  lacks: {},
  // Below: projects are found.
  lostAnswers: nobodyToAsk,
  endings: { fail: 'provider_error', moderate: 'content_rejected', expire: 'provider_error' },
  looks: usualLooks,
  hanging: { state: 'running', progress: expect.any(Number) },
});

async function tokensIssued(): Promise<number> {
  const http = new ProviderHttp();
  const request = { method: 'GET', url: new URL(`${wire.standIn().url}/control/counters`), headers: {} } as const;
  const outcome = await http.exchange(request, { timeoutMs: 20_000 });
  await http.close();
  if (outcome.kind !== 'raw') throw new Error(outcome.reason);
  return JSON.parse(outcome.bytes.toString()).providers.aistudios?.token_issued ?? 0;
}

it('lets it speak in portrait: a project with one scene, named after our reference', async () => {
  const order = project();

  const { end } = await wire.settle(await wire.accept(order));

  expect(await wire.watch(end)).toMatchObject({ width: 480, height: 854, hasAudio: true });
  expect(await wire.standIn().renders(order.reference)).toMatchObject([{ model: avatar, outcome: 'succeeded' }]);
});

/** Ready by the simulator's own word; nobody has looked yet. */
const rendered = (order: ReturnType<typeof orderOf>) =>
  eventually(
    async () => {
      const [render] = await wire.rendersOf(order);
      if (render?.outcome !== 'succeeded') throw new Error(render?.outcome);
      return render;
    },
    { timeoutMs: 60_000 },
  );

it('is at 100 before there is a link, which ends nothing', async () => {
  const order = quick();
  const handle = await wire.accept(order);
  await rendered(order);

  expect(await wire.poll(handle)).toEqual({ state: 'running', progress: 99 });
  expect(await wire.poll(handle)).toMatchObject({ state: 'succeeded' });
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

  await wire.accept(order);

  const renders = await wire.standIn().renders(order.reference);
  expect(renders).toMatchObject([{ model, prompt: expect.stringContaining(words) }]);
});

it('China is asked for nothing that it does not know', async () => {
  const china = wire.channel({
    baseUrl: `${wire.standIn().url}/aistudios/cn`,
    options: { region: 'china', workspaceId: 'ws_1' },
  });
  const words = orderOf(avatar, { resolution: '1080p' }, 'hang');
  const portrait = orderOf(avatar, { resolution: '1080p', aspectRatio: '9:16' }, 'hang');

  await wire.accept(words, china);
  await wire.accept(portrait, china);

  expect(await wire.rendersOf(words)).toMatchObject([{ width: 1920, height: 1080 }]);
  expect(await wire.rendersOf(portrait)).toMatchObject([{ width: 1080, height: 1920 }]);
  expect(await wire.submit(words, { ...china, options: { region: 'international' } })).toMatchObject({
    outcome: 'refused',
    failure: { code: 'invalid_request' },
  });
});

describe('the token', () => {
  it('is minted once for many calls, and again when it is refused before its time', async () => {
    const brief = wire.channel({ id: 'brief', credentials: { appId: 'env:BRIEF', userKey: 'env:BRIEF_KEY' } });
    const before = await tokensIssued();
    const handle = await wire.accept(quick('hang'), brief);

    // Three calls and it is over; nobody notices.
    for (let look = 0; look < 7; look += 1) {
      expect((await wire.poll(handle, brief)).state).not.toBe('unreadable');
    }
    // The submit, seven looks, and two of those once more.
    expect((await tokensIssued()) - before).toBe(3);
  });

  it('is not to be had for a wrong pair, and nothing was made', async () => {
    const order = quick();
    const wrong = wire.channel({ id: 'wrong', credentials: { appId: 'env:APP', userKey: 'env:BRIEF_KEY' } });

    expect(await wire.submit(order, wrong)).toMatchObject({
      outcome: 'refused',
      failure: { code: 'channel_credentials', message: 'appId or userKey is not valid' },
    });
    expect(await wire.rendersOf(order)).toEqual([]);
  });

  it('that is refused once is renewed, and the render is made once', async () => {
    const order = quick('bad-credentials=1, hang');

    await wire.accept(order);

    expect(await wire.rendersOf(order)).toHaveLength(1);
  });
});

it.each(['accept-then-timeout', 'accept-then-reset', 'accept-then-5xx', 'accept-then-malformed'])(
  '%s leaves it unknown, and once the project is ready it is found',
  async (directive) => {
    const order = project(directive);

    expect(await wire.submitUnanswered(order)).toMatchObject({ outcome: 'unknown' });
    const render = await rendered(order);
    expect(await wire.lookUp(order)).toEqual({ outcome: 'found', handle: { id: render.id } });
  },
);

it.each([
  ['a project that still renders', project, 'status 200: not among the projects that are ready'],
  ['a quick render', quick, 'a quick render has no name'],
])('%s is not found', async (_, of, reason) => {
  const order = of('accept-then-reset, hang');

  expect(await wire.submit(order)).toMatchObject({ outcome: 'unknown' });
  expect(await wire.lookUp(order)).toEqual({ outcome: 'cannot_tell', reason });
});

it('calls back in bursts that nobody signs, and so does anybody else', async () => {
  const webhooks = await wire.standIn().listen();
  const order = webhooks.about(quick('forged-callback, slow=100'));
  await wire.accept(order);

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
});
