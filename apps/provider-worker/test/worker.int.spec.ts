import { randomUUID } from 'node:crypto';
import { cancelJob, type JobData, pollJob, submitJob, type SubmitOrder } from '@videoapi/contracts';
import { eventually, serve } from '@videoapi/testing';
import { type Answer, FakeProvider } from './provider.js';
import { sampleRequest, World } from './world.js';

let world: World;

beforeAll(async () => {
  world = await World.open();
});
afterAll(() => world.close());
beforeEach(() => {
  world.script.reset();
  world.provider.asked.length = 0;
  world.provider.answer = ({ method, path }) =>
    method === 'POST' && path === '/v1/videos' ? { status: 201, body: video('sim_1', 'queued') } : { status: 500 };
});

const video = (id: string, status: string, extra: object = {}) => ({ id, status, progress: 10, ...extra });
const videos = '/v1/videos';

async function submit(order: SubmitOrder): Promise<void> {
  await world.publisher.publishJob(submitJob, order.channel.provider, { id: randomUUID(), data: order });
}

/** Orders of a lane begin one after the other, so what came before this one has been read. */
async function afterAnother(): Promise<void> {
  const order = world.order('simulator');
  const { permit, asset } = world.script;
  world.script.permit = (request) =>
    request.attemptId === order.attemptId ? { permit: 'go', epoch: 1 } : permit(request);
  await submit(order);
  await world.reports(order.attemptId);
  Object.assign(world.script, { permit, asset });
}

const postsFor = (attemptId: string) =>
  world.provider.calls('POST', videos).filter(({ body }) => JSON.stringify(body).includes(attemptId));

/** Orders of the tests before may still be asking. */
const permitsFor = (attemptId: string) =>
  world.script.permitCalls.flat().filter((request) => request.attemptId === attemptId);

describe('submit', () => {
  it('accepted: the handle is reported under the permit', async () => {
    const order = world.order('simulator', { callbackUrl: 'https://hooks.example/callbacks/simulator/t' });

    await submit(order);

    const [report] = await world.reports(order.attemptId);
    expect(report).toMatchObject({
      fact: 'accepted',
      id: `${order.attemptId}:1:accepted`,
      data: { taskId: order.taskId, epoch: 1, handle: { id: 'sim_1' } },
    });
    expect(world.provider.calls('POST', videos)).toMatchObject([
      {
        headers: { authorization: 'Bearer sk-test-secret-0123456789' },
        body: {
          reference: order.attemptId,
          model: 'some-model',
          prompt: sampleRequest.prompt,
          callback_url: order.callbackUrl,
        },
      },
    ]);
  });

  it.each<[string, Answer, object]>([
    [
      'refused',
      { status: 429, headers: { 'retry-after': '2' }, body: { error: { code: 'rate_limited', message: 'slow down' } } },
      { fact: 'refused', data: { failure: { code: 'rate_limited', message: 'slow down', retryAfterMs: 2_000 } } },
    ],
    ['in doubt: a reset', 'reset', { fact: 'unknown' }],
    ['in doubt: a server error', { status: 503, body: {} }, { fact: 'unknown' }],
    ['in doubt: not readable', { status: 200, raw: Buffer.from('<html>') }, { fact: 'unknown' }],
  ])('%s', async (_, answer, expected) => {
    const order = world.order('simulator');
    world.provider.answer = () => answer;

    await submit(order);

    expect(await world.reports(order.attemptId)).toMatchObject([expected]);
    expect(postsFor(order.attemptId)).toHaveLength(1);
  });

  it('nobody there, or no key: refused, another route may try', async () => {
    const gone = await FakeProvider.open();
    const unreachable = world.order('simulator', { channel: world.channel('simulator', { baseUrl: gone.url }) });
    gone.close();
    const keyless = world.order('simulator', {
      channel: world.channel('simulator', { credentials: { apiKey: 'env:NO' } }),
    });

    await Promise.all([submit(unreachable), submit(keyless)]);

    expect(await world.reports(unreachable.attemptId)).toMatchObject([
      { fact: 'refused', data: { failure: { code: 'provider_unavailable' } } },
    ]);
    expect(await world.reports(keyless.attemptId)).toMatchObject([
      { fact: 'refused', data: { failure: { code: 'channel_credentials' } } },
    ]);
  });

  it('not wanted any more: no call, no word', async () => {
    const order = world.order('simulator');
    world.script.permit = () => ({ permit: 'stop', epoch: 0 });

    await submit(order);
    await afterAnother();

    expect(postsFor(order.attemptId)).toEqual([]);
    expect(world.script.of(order.attemptId)).toEqual([]);
  });

  it('too late to begin', async () => {
    const order = world.order('simulator', { deadlineAt: new Date(Date.now() - 1).toISOString() });

    await submit(order);

    expect(await world.reports(order.attemptId)).toMatchObject([{ fact: 'refused' }]);
    expect(postsFor(order.attemptId)).toEqual([]);
  });

  it('uploads become links; other addresses stay', async () => {
    const request = { ...sampleRequest, firstFrame: 'uploads/acc_01/a.png', images: ['https://assets.example/b.png'] };
    const order = world.order('simulator', { request });

    await submit(order);

    await world.reports(order.attemptId);
    expect(world.script.resolved).toEqual([
      { accountId: 'acc_01', assets: [{ source: 'uploads/acc_01/a.png', kind: 'image' }] },
    ]);
    expect(postsFor(order.attemptId)).toMatchObject([
      {
        body: {
          inputs: [
            { url: 'https://store.example/presigned.png', role: 'first_frame' },
            { url: 'https://assets.example/b.png' },
          ],
        },
      },
    ]);
  });

  it('reads an upload that goes into the call under our own address, and tells no provider of it', async () => {
    const store = await serve((request, response) => {
      response.writeHead(request.url === '/own.png' ? 200 : 404, { 'content-type': 'image/png' }).end('its bytes');
    });
    // Nothing answers here: whoever opens it in our stead gets no file.
    const url = 'http://127.0.0.1:1/public.png';
    world.script.asset = { outcome: 'ok', url, ownUrl: `${store.url}/own.png`, contentType: 'image/png', size: 9 };
    const request = { ...sampleRequest, firstFrame: 'uploads/acc_01/a.png' };
    const channel = world.channel('openai-compatible', {
      options: { body: 'multipart', images: 'input_reference_file' },
    });
    const carried = world.order('openai-compatible', { request, channel });
    const linked = world.order('simulator', { request });

    for (const order of [carried, linked]) await submit(order);

    for (const order of [carried, linked]) await world.reports(order.attemptId);
    const [form] = world.provider.asked.filter(({ body }) => typeof body === 'string' && body.includes('its bytes'));
    expect(form).toMatchObject({ method: 'POST', path: '/videos' });
    expect(postsFor(linked.attemptId)).toMatchObject([{ body: { inputs: [{ url, role: 'first_frame' }] } }]);
    expect(JSON.stringify(world.provider.asked)).not.toContain(store.url);
    await store.close();
  });

  it('an upload that is not there is refused without a call', async () => {
    const order = world.order('simulator', { request: { ...sampleRequest, images: ['uploads/acc_01/gone.png'] } });
    world.script.asset = { outcome: 'refused', code: 'asset_not_found', message: 'There is no such upload.' };

    await submit(order);

    expect(await world.reports(order.attemptId)).toMatchObject([
      { fact: 'refused', data: { failure: { code: 'invalid_request', message: 'There is no such upload.' } } },
    ]);
    expect(postsFor(order.attemptId)).toEqual([]);
  });

  it('many at once share few questions, and each is called once', async () => {
    const orders = Array.from({ length: 300 }, () => world.order('simulator'));

    await Promise.all(orders.map(submit));

    await eventually(() => expect(world.script.reports).toHaveLength(300));
    expect(world.script.permitCalls.flat()).toHaveLength(300);
    expect(world.script.permitCalls.length).toBeLessThan(150);
    expect(world.provider.calls('POST', videos)).toHaveLength(300);
  });

  it('a channel that hangs keeps no other of its lane waiting', async () => {
    const hanging = await FakeProvider.open();
    try {
      hanging.answer = () => 'silence';
      const channel = world.channel('simulator', { id: 'hanging', baseUrl: hanging.url });
      const orders = Array.from({ length: 150 }, () => world.order('simulator', { channel }));
      await Promise.all(orders.map(submit));

      await afterAnother();

      // Their calls go on for many seconds, 64 at once: none of them has come back, and not even all have begun.
      const reported = () => orders.flatMap(({ attemptId }) => world.script.of(attemptId));
      expect(reported()).toEqual([]);
      expect(hanging.asked.length).toBeLessThanOrEqual(64);
      hanging.answer = () => 'reset';
      hanging.cut();
      await eventually(() => expect(reported()).toHaveLength(150));
    } finally {
      hanging.close();
    }
  });
});

describe('submit, when the call had begun before', () => {
  const old = 60_000;
  const listed = (...found: object[]): Answer => ({ status: 200, body: { videos: found } });

  it('found: adopted', async () => {
    const order = world.order('simulator');
    world.script.permit = () => ({ permit: 'look_up', epoch: 3, callAgeMs: 0 });
    world.provider.answer = ({ query }) =>
      query.get('reference') === order.attemptId ? listed(video('sim_9', 'running')) : { status: 500 };

    await submit(order);

    expect(await world.reports(order.attemptId)).toMatchObject([
      { fact: 'accepted', id: `${order.attemptId}:3:accepted`, data: { epoch: 3, handle: { id: 'sim_9' } } },
    ]);
    expect(postsFor(order.attemptId)).toEqual([]);
  });

  it.each(['simulator', 'openai-compatible'])(
    '%s: not found while the call may still be under way: no word, its timer asks again',
    async (provider) => {
      const order = world.order(provider);
      world.script.permit = () => ({ permit: 'look_up', epoch: 3, callAgeMs: 5_000 });
      world.provider.answer = ({ method }) =>
        method === 'GET' ? listed() : { status: 201, body: video('sim_1', 'queued') };

      await submit(order);
      await eventually(() => expect(permitsFor(order.attemptId)).toHaveLength(1));
      await afterAnother();
      await afterAnother();

      expect(world.script.of(order.attemptId)).toEqual([]);
      expect(postsFor(order.attemptId)).toEqual([]);
    },
  );

  it('surely not there: another permit, another call', async () => {
    const order = world.order('simulator');
    world.script.permit = ({ absentEpoch }) =>
      absentEpoch === 3 ? { permit: 'go', epoch: 4 } : { permit: 'look_up', epoch: 3, callAgeMs: old };
    world.provider.answer = ({ method }) =>
      method === 'GET' ? listed() : { status: 201, body: video('sim_1', 'queued') };

    await submit(order);

    expect(await world.reports(order.attemptId)).toMatchObject([{ fact: 'accepted', data: { epoch: 4 } }]);
    expect(postsFor(order.attemptId)).toHaveLength(1);
  });

  it('the second permit is not given: no call', async () => {
    const order = world.order('simulator');
    world.script.permit = () => ({ permit: 'look_up', epoch: 3, callAgeMs: old });
    world.provider.answer = () => listed();

    await submit(order);
    await eventually(() => expect(permitsFor(order.attemptId)).toHaveLength(2));

    expect(world.script.of(order.attemptId)).toEqual([]);
    expect(postsFor(order.attemptId)).toEqual([]);
  });

  it.each<[string, string, Answer]>([
    ['no way to look', 'openai-compatible', { status: 200, body: {} }],
    ['the look-up is broken', 'simulator', { status: 500 }],
  ])('%s: unknown, never a second call', async (_, provider, answer) => {
    const order = world.order(provider);
    world.script.permit = () => ({ permit: 'look_up', epoch: 3, callAgeMs: old });
    world.provider.answer = () => answer;

    await submit(order);

    expect(await world.reports(order.attemptId)).toMatchObject([{ fact: 'unknown', data: { epoch: 3 } }]);
    expect(world.provider.asked.filter(({ method }) => method === 'POST')).toEqual([]);
  });
});

type Poll = JobData<typeof pollJob>['polls'][number];

describe('poll', () => {
  const pollOf = (id: string, changes: Partial<Poll> = {}): Poll => ({
    attemptId: randomUUID(),
    taskId: `vidgen_${Date.now()}_0123abcd`,
    epoch: 1,
    handle: { id },
    look: 7,
    last: null,
    ...changes,
  });
  const poll = (provider: string, ...polls: Poll[]) =>
    world.publisher.publishJob(pollJob, provider, {
      id: randomUUID(),
      data: { channel: world.channel(provider), polls },
    });
  const oneVideo = (path: string) => path.split('/').at(-1) ?? '';

  it('tells what is new, and nothing that was known', async () => {
    const news = pollOf('sim_1', { last: { state: 'queued' } });
    const known = pollOf('sim_2', { last: { state: 'running', progress: 10 } });
    world.provider.answer = ({ path }) => ({ status: 200, body: video(oneVideo(path), 'running') });

    await poll('simulator', news, known);

    expect(await world.reports(news.attemptId)).toMatchObject([
      {
        fact: 'observed',
        id: `${news.attemptId}:1:obs:7`,
        data: { look: 7, observation: { state: 'running', progress: 10 } },
      },
    ]);
    await eventually(() => expect(world.provider.calls('GET', /sim_2/)).toHaveLength(1));
    expect(world.script.of(known.attemptId)).toEqual([]);
  });

  it('looks at several in one call, and alone at those that it did not tell of', async () => {
    const polls = ['a', 'b', 'c', 'd', 'e'].map((id) => pollOf(id));
    world.provider.answer = ({ path, query }) => {
      if (path !== videos) return { status: 404, body: { error: { code: 'not_found', message: 'gone' } } };
      const found = query.getAll('id').filter((id) => id !== 'c');
      return { status: 200, body: { videos: found.map((id) => video(id, 'running')) } };
    };

    await poll('simulator', ...polls);

    const reports = await Promise.all(polls.map(({ attemptId }) => world.reports(attemptId)));
    expect(reports.map(([report]) => report?.data['observation'])).toMatchObject(
      polls.map(({ handle }) => ({ state: handle['id'] === 'c' ? 'gone' : 'running' })),
    );
    expect(world.provider.asked.map(({ path }) => path)).toEqual([videos, `${videos}/c`]);
  });

  it('one that breaks the common call hides no other', async () => {
    const polls = ['a', 'b', 'c', 'poison'].map((id) => pollOf(id));
    world.provider.answer = ({ path }) => {
      if (path === videos) return { status: 500, body: {} };
      return path.endsWith('poison') ? 'reset' : { status: 200, body: video(oneVideo(path), 'running') };
    };

    await poll('simulator', ...polls);

    const reports = await Promise.all(polls.map(({ attemptId }) => world.reports(attemptId)));
    expect(reports.map(([report]) => report?.data['observation'])).toMatchObject(
      polls.map(({ handle }) => ({ state: handle['id'] === 'poison' ? 'unreadable' : 'running' })),
    );
  });

  it('a result behind the key is put where uploads finds it', async () => {
    const film = Buffer.alloc(100_000, 7);
    const look = pollOf('video_1');
    world.script.stagingUrl = world.provider.url;
    world.provider.answer = ({ method, path }) => {
      if (method === 'PUT') return { status: 200 };
      if (path.endsWith('/content')) return { status: 200, raw: film, headers: { 'content-type': 'video/mp4' } };
      return { status: 200, body: { id: 'video_1', status: 'completed', progress: 100 } };
    };

    await poll('openai-compatible', look);

    const key = `staging/${look.attemptId}-0`;
    expect(await world.reports(look.attemptId)).toMatchObject([
      { data: { observation: { state: 'succeeded', outputs: [{ kind: 'uploaded', key }], usage: {} } } },
    ]);
    const [put] = world.provider.calls('PUT', `/${key}`);
    expect(put?.headers).toMatchObject({ 'content-length': '100000', 'content-type': 'video/mp4' });
    expect(put?.headers['authorization']).toBeUndefined();
  });

  it('a result that cannot be had yet changes nothing', async () => {
    const look = pollOf('video_1');
    world.provider.answer = ({ path }) =>
      path.endsWith('/content') ? { status: 409 } : { status: 200, body: { id: 'video_1', status: 'completed' } };

    await poll('openai-compatible', look);

    expect(await world.reports(look.attemptId)).toMatchObject([{ data: { observation: { state: 'unreadable' } } }]);
  });
});

describe('cancel', () => {
  const cancel = async (provider: string) => {
    const attemptId = randomUUID();
    await world.publisher.publishJob(cancelJob, provider, {
      id: `${attemptId}:cancel:1`,
      data: {
        attemptId,
        taskId: `vidgen_${Date.now()}_0123abcd`,
        epoch: 2,
        channel: world.channel(provider),
        handle: { id: 'x' },
      },
    });
    return (await world.reports(attemptId))[0];
  };

  it.each<[string, string, Answer, string]>([
    ['in time', 'simulator', { status: 200, body: video('x', 'cancelled') }, 'cancelled'],
    ['too late', 'simulator', { status: 409, body: { error: { code: 'conflict', message: 'ended' } } }, 'too_late'],
    ['broken', 'simulator', 'reset', 'unknown'],
    ['by a provider that cannot', 'openai-compatible', { status: 200 }, 'unsupported'],
  ])('%s', async (_, provider, answer, outcome) => {
    world.provider.answer = () => answer;

    expect(await cancel(provider)).toMatchObject({ fact: 'cancelled', data: { epoch: 2, outcome } });
  });
});

it('what a provider has accepted outlives a broker that goes away in that moment', async () => {
  const order = world.order('simulator');
  let killed: Promise<unknown> | undefined;
  world.provider.answer = () => {
    killed ??= Promise.resolve(world.nats.kill());
    return { status: 201, body: video('sim_1', 'queued') };
  };

  await submit(order);
  await eventually(() => expect(killed).toBeDefined());
  await killed;
  await world.nats.start();

  const reports = await world.reports(order.attemptId);
  expect(reports).toMatchObject([{ fact: 'accepted' }]);
  expect(postsFor(order.attemptId)).toHaveLength(1);
});

it('a worker that has to go reports what it could not wait for', async () => {
  const leaving = await World.open({ submitTimeoutMs: 60_000, shutdownGraceMs: 1_000 });
  try {
    const order = leaving.order('simulator');
    leaving.provider.answer = () => 'silence';
    await leaving.publisher.publishJob(submitJob, 'simulator', { id: randomUUID(), data: order });
    await eventually(() => expect(leaving.provider.asked).toHaveLength(1));

    await leaving.stopWorker();

    expect(await leaving.reports(order.attemptId)).toMatchObject([{ fact: 'unknown' }]);
  } finally {
    await leaving.close();
  }
});

describe('a provider that does not answer', () => {
  let impatient: World;
  beforeAll(async () => {
    impatient = await World.open({ submitTimeoutMs: 2_000, readTimeoutMs: 2_000 });
    impatient.provider.answer = () => 'silence';
  });
  afterAll(() => impatient.close());

  it('leaves a submit in doubt, and the same order that comes twice meanwhile is one call', async () => {
    const order = impatient.order('simulator');
    const submitOnce = () => impatient.publisher.publishJob(submitJob, 'simulator', { id: randomUUID(), data: order });

    await Promise.all([submitOnce(), submitOnce()]);

    expect(await impatient.reports(order.attemptId)).toMatchObject([{ fact: 'unknown' }]);
    expect(impatient.provider.calls('POST', videos)).toHaveLength(1);
  });

  it('makes a poll unreadable', async () => {
    const { taskId } = impatient.order('simulator');
    const look = { attemptId: randomUUID(), taskId, epoch: 1, handle: { id: 'x' }, look: 1, last: null };
    const data = { channel: impatient.channel('simulator'), polls: [look] };
    await impatient.publisher.publishJob(pollJob, 'simulator', { id: randomUUID(), data });

    expect(await impatient.reports(look.attemptId)).toMatchObject([{ data: { observation: { state: 'unreadable' } } }]);
  });
});
