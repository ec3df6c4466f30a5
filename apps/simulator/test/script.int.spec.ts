import { createHash } from 'node:crypto';
import { get as httpGet } from 'node:http';
import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import { eventually, tempDir } from '@videoapi/testing';
import { field, probe, receiver, simulator } from './harness.js';

// Every scripted outcome over HTTP. One tiny film serves them all: they differ in directives, not in the picture.

const videos = '/simulator/v1/videos';
const directory = tempDir('simulator-spec');
let sim: Awaited<ReturnType<typeof simulator>>;
let receive: Awaited<ReturnType<typeof receiver>>;

beforeAll(async () => {
  [sim, receive] = await Promise.all([simulator(), receiver()]);
});
afterAll(async () => {
  await Promise.all([sim.close(), receive.close()]);
});

const order = (flags: string, more: object = {}) => ({
  prompt: `a cat ${flags}`,
  duration_seconds: 1,
  resolution: '240p',
  ...more,
});
const submit = (flags: string, more: object = {}) => sim.post(videos, order(flags, more));
const path = (answer: { body: unknown }) => `${videos}/${field(answer.body, 'id')}`;
const accepted = async (reference: string) => {
  const { body } = await sim.get(`/control/renders?clientReference=${reference}`);
  return JSON.parse(JSON.stringify(body)).renders;
};

describe('endings', () => {
  it.each([
    ['fail', 'failed', 'render_failed'],
    ['moderate', 'failed', 'content_rejected'],
    ['expire', 'failed', 'expired'],
  ])('[[sim:%s]]', async (flag, status, code) => {
    const submitted = await submit(`[[sim:${flag}]]`);
    expect(submitted.status).toBe(201);
    await eventually(async () => {
      expect((await sim.get(path(submitted))).body).toMatchObject({ status, error: { code }, output: null });
    });
  });

  it('[[sim:stall=99]] and [[sim:hang]] run for ever', async () => {
    const [stalled, hung] = await Promise.all([submit('[[sim:stall=99, slow=1]]'), submit('[[sim:hang, slow=1]]')]);
    await eventually(async () => {
      expect((await sim.get(path(stalled))).body).toMatchObject({ status: 'running', progress: 99 });
    });
    expect((await sim.get(path(hung))).body).toMatchObject({ status: 'running', progress: 0 });
  });

  it('[[sim:until-released]] runs until the control API releases it', async () => {
    const [wanted, other] = await Promise.all([
      submit('this one [[sim:until-released, fail]]'),
      submit('the other [[sim:until-released, fail]]'),
    ]);
    expect((await sim.get(path(wanted))).body).toMatchObject({ status: 'running' });
    const release = { match: { promptIncludes: 'this one' } };
    expect(await sim.post('/control/release', release)).toMatchObject({ status: 200, body: { released: 1 } });
    expect((await sim.get(path(wanted))).body).toMatchObject({ status: 'failed' });
    expect((await sim.get(path(other))).body).toMatchObject({ status: 'running' });
    expect(await sim.post('/control/release', { matches: {} })).toMatchObject({ status: 400 });
    expect(await sim.post('/control/release', release)).toMatchObject({ status: 200, body: { released: 0 } });
  });

  it('[[sim:queue=…, slow=…]] take their time', async () => {
    const submitted = await submit('[[sim:queue=3000, slow=60000]]');
    expect(submitted.body).toMatchObject({ status: 'queued' });
    await eventually(async () => expect((await sim.get(path(submitted))).body).toMatchObject({ status: 'running' }));
  });
});

describe('submit', () => {
  it.each([
    ['429', '/simulator/v1/videos', 429, { error: { code: 'rate_limited' } }],
    ['5xx', '/openai/v1/videos', 500, { error: { type: 'server_error' } }],
    ['no-balance', '/openai/v1/videos', 429, { error: { code: 'insufficient_quota' } }],
    ['no-balance', '/ark/api/v3/contents/generations/tasks', 403, { error: { code: 'AccountOverdueError' } }],
    ['bad-credentials', '/ark/api/v3/contents/generations/tasks', 401, { error: { code: 'AuthenticationError' } }],
    [
      'moderate-prompt',
      '/ark/api/v3/contents/generations/tasks',
      400,
      { error: { code: 'InputTextSensitiveContentDetected' } },
    ],
    ['moderate-prompt', '/aiid/v1/videos', 400, { error: { code: 'content_policy' } }],
  ])('[[sim:%s=1]] on %s', async (flag, route, status, body) => {
    const prompt = `refused once ${route} [[sim:${flag}=1, fail]]`;
    const content = { content: [{ type: 'text', text: prompt }], model: 'seedance-2-0' };
    const given = route.includes('ark') ? content : { prompt, ...(route.includes('aiid') && { model: 'm' }) };
    expect(await sim.post(route, given)).toMatchObject({ status, body });
    expect((await sim.post(route, given)).status).toBeLessThan(300);
  });

  it('[[sim:timeout=1]] is never answered and accepts nothing', async () => {
    const body = { reference: 'att_timeout' };
    await expect(sim.post(videos, order('[[sim:timeout=1]]', body), { timeoutMs: 1500 })).rejects.toThrow();
    expect(await accepted('att_timeout')).toHaveLength(0);
    expect((await submit('[[sim:timeout=1]]', body)).status).toBe(201);
  });

  it.each([
    ['accept-then-timeout', undefined],
    ['accept-then-reset', undefined],
    ['accept-then-5xx', 500],
    ['accept-then-malformed', 200],
  ])('[[sim:%s]] accepts, and the render is found by its reference', async (flag, status) => {
    const reference = `att_${flag}`;
    const patience = status === undefined ? { timeoutMs: 3_000 } : {};
    const answer = sim.post(videos, order(`[[sim:${flag}]]`, { reference }), patience);
    if (status === undefined) await expect(answer).rejects.toThrow();
    else expect(await answer).toMatchObject({ status });
    expect(await accepted(reference)).toHaveLength(1);
    await eventually(async () => {
      const { body } = await sim.get(`${videos}?reference=${reference}`);
      expect(body).toMatchObject({ videos: [{ reference, status: 'succeeded' }] });
    });
  });

  it('[[sim:answer-delay=…]] accepts before it answers', async () => {
    let isAnswered = false;
    const answer = submit('[[sim:answer-delay=5000]]', { reference: 'att_answer-delay' }).finally(() => {
      isAnswered = true;
    });
    await eventually(async () => expect(await accepted('att_answer-delay')).toHaveLength(1));
    expect(isAnswered).toBe(false);
    expect((await answer).status).toBe(201);
  });

  it('refuses an unknown directive', async () => {
    const { status, body } = await submit('[[sim:faill]]');
    expect({ status, body }).toMatchObject({
      status: 400,
      body: { error: { param: 'prompt', message: 'unknown directive "faill"' } },
    });
  });
});

describe('polls', () => {
  it.each([
    ['poll-429', 429],
    ['poll-5xx', 500],
    ['gone', 404],
  ])('[[sim:%s=2]]', async (flag, status) => {
    const submitted = await submit(`[[sim:${flag}=2]]`);
    const look = async () => (await sim.get(path(submitted))).status;
    expect([await look(), await look(), await look()]).toEqual([status, status, 200]);
  });

  it('[[sim:malformed=5]] never answers a video', async () => {
    const submitted = await submit('[[sim:malformed=5]]');
    for (let turn = 0; turn < 5; turn += 1) {
      const { status, body } = await sim.get(path(submitted));
      expect(status).toBe(200);
      expect(() => field(body, 'status')).toThrow();
    }
    expect((await sim.get(path(submitted))).body).toMatchObject({ status: expect.any(String) });
  });

  it('[[sim:unknown-status=1]] and [[sim:poll-timeout=1]]', async () => {
    const submitted = await submit('[[sim:unknown-status=1, poll-timeout=1]]');
    await expect(sim.get(path(submitted), { timeoutMs: 1500 })).rejects.toThrow();
    expect((await sim.get(path(submitted))).body).toMatchObject({ status: 'simmering', output: null });
    await eventually(async () => expect((await sim.get(path(submitted))).body).toMatchObject({ status: 'succeeded' }));
  });
});

describe('callbacks', () => {
  const told = async (name: string, flags: string, count: number) => {
    const submitted = await submit(flags, { callback_url: `${receive.url}/${name}` });
    return { answeredAt: Date.now(), submitted, messages: await receive.at(`/${name}`, count) };
  };

  it('[[sim:duplicate-callback=3]] sends the same message three times', async () => {
    const { messages } = await told('thrice', '[[sim:duplicate-callback=3]]', 3);
    expect(new Set(messages.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  });

  it('[[sim:early-callback]] comes before the submit is answered', async () => {
    const { answeredAt, messages, submitted } = await told('early', '[[sim:early-callback]]', 1);
    expect(messages[0]?.at).toBeLessThanOrEqual(answeredAt);
    expect(submitted).toMatchObject({ status: 201, body: { status: 'succeeded' } });
  });

  it('[[sim:lost-callback]] never comes', async () => {
    const { submitted } = await told('lost', '[[sim:lost-callback]]', 0);
    await eventually(async () => {
      expect((await sim.get('/control/counters')).body).toMatchObject({
        providers: { simulator: { callback_lost: 1 } },
      });
    });
    expect((await sim.get(path(submitted))).body).toMatchObject({ status: 'succeeded' });
    expect(receive.received.filter((one) => one.path === '/lost')).toEqual([]);
  });

  it('[[sim:reordered-callback]] and [[sim:late-callback=200]]', async () => {
    const { messages, submitted } = await told('reordered', '[[sim:reordered-callback, late-callback=200]]', 2);
    expect(messages.map(({ body }) => field(body, 'type'))).toEqual(['video.succeeded', 'video.running']);
    const endedAt = Date.parse(field((await sim.get(path(submitted))).body, 'updated_at'));
    expect((messages[0]?.at ?? 0) - endedAt).toBeGreaterThanOrEqual(195);
  });

  it('[[sim:forged-callback]] is not signed with the secret', async () => {
    const { messages } = await told('forged', '[[sim:forged-callback, fail]]', 2);
    expect(messages.map(({ body }) => field(body, 'type'))).toEqual(['video.succeeded', 'video.failed']);
  });

  it('tries again when the receiver fails', async () => {
    const failing = await receiver(500, 503);
    try {
      await submit('', { callback_url: `${failing.url}/again` });
      expect(await failing.at('/again', 3)).toHaveLength(3);
    } finally {
      await failing.close();
    }
  });

  it('never leaves this machine unless allowed to', async () => {
    await submit('', { callback_url: 'http://192.0.2.1/cb', reference: 'att_outside' });
    await eventually(async () => {
      expect(await accepted('att_outside')).toMatchObject([{ callbacksSent: 3, callbacksAcknowledged: 0 }]);
    });
  });
});

describe('results', () => {
  const finished = async (flags: string) => {
    const submitted = await submit(flags);
    await eventually(async () => expect((await sim.get(path(submitted))).body).toMatchObject({ status: 'succeeded' }));
    return `${sim.url}/files/${field(submitted.body, 'id')}.mp4`;
  };

  it('serves ranges, and nothing anew to whoever has it', async () => {
    const url = await finished('');
    const whole = Buffer.from(await (await fetch(url)).arrayBuffer());
    const part = await fetch(url, { headers: { range: 'bytes=10-19' } });
    expect(part.status).toBe(206);
    expect(part.headers.get('content-range')).toBe(`bytes 10-19/${whole.length}`);
    expect(Buffer.from(await part.arrayBuffer())).toEqual(whole.subarray(10, 20));
    expect((await fetch(url, { headers: { range: `bytes=${whole.length}-` } })).status).toBe(416);
    const etag = part.headers.get('etag') ?? '';
    expect((await fetch(url, { headers: { 'if-none-match': etag } })).status).toBe(304);
    const head = await fetch(url, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(whole.length)]);
  });

  it('has no file before the end', async () => {
    const submitted = await submit('[[sim:hang]]');
    expect((await sim.get(`/files/${field(submitted.body, 'id')}.mp4`)).status).toBe(404);
  });

  it.each([
    ['result-404', 404],
    ['result-5xx', 500],
  ])('[[sim:%s=1]]', async (flag, status) => {
    const url = await finished(`[[sim:${flag}=1]]`);
    expect([(await fetch(url)).status, (await fetch(url)).status]).toEqual([status, 200]);
  });

  it('[[sim:result-truncated=1]] breaks off against its content-length', async () => {
    const url = await finished('[[sim:result-truncated=1]]');
    const { promised, got, complete } = await download(url);
    expect(got).toBeGreaterThan(0);
    expect(got).toBeLessThan(promised);
    expect(complete).toBe(false);
    expect(await download(url)).toMatchObject({ got: promised, complete: true });
  });

  it('[[sim:result-short]] delivers half a video, [[sim:bad-video]] none', async () => {
    const [short, bad] = await Promise.all([finished('[[sim:result-short]]'), finished('[[sim:bad-video]]')]);
    const half = await download(short);
    expect(half).toMatchObject({ got: half.promised, complete: true });
    const whole = await download(await finished(''));
    expect(half.got).toBe(Math.floor(whole.got / 2));
    const file = join(directory, 'bad.mp4');
    await writeFile(file, Buffer.from(await (await fetch(bad)).arrayBuffer()));
    await expect(probe(file)).rejects.toThrow();
  });
});

describe('control', () => {
  it('scripts what a prompt does not, so many times, and is forgotten by a reset', async () => {
    const rule = { match: { promptIncludes: 'ruled' }, outcome: 'no-balance', times: 1 };
    expect((await sim.post('/control/script', rule)).status).toBe(201);
    expect((await submit('ruled')).status).toBe(402);
    expect((await submit('ruled')).status).toBe(201);
    expect(await sim.post('/control/script', { ...rule, outcome: 'typo' })).toMatchObject({ status: 400 });
    expect((await sim.post('/control/script', { ...rule, outcome: 'fail' })).status).toBe(201);
    await sim.post('/control/reset');
    expect((await sim.get('/control/renders')).body).toEqual({ renders: [] });
    expect((await sim.get('/control/counters')).body).toEqual({ renders: 0, repeatedReferences: 0, providers: {} });
    expect((await sim.get('/control/script')).body).toMatchObject({
      rules: [],
      directives: { fail: { takes: 'flag' } },
    });
  });

  it('wants its token where one is set', async () => {
    const guarded = await simulator({ SIMULATOR_CONTROL_TOKEN: 'a-control-token-of-tests' });
    try {
      expect((await guarded.get('/control/counters')).status).toBe(401);
      const headers = { authorization: 'Bearer a-control-token-of-tests' };
      expect((await guarded.get('/control/counters', { headers })).status).toBe(200);
    } finally {
      await guarded.close();
    }
  });

  it('takes only the configured key where one is set, and never a bad one', async () => {
    expect((await sim.get(videos, { headers: { authorization: 'Bearer bad-key' } })).status).toBe(401);
    expect((await sim.get(videos, { headers: { authorization: '' } })).status).toBe(401);
    const closed = await simulator({ SIMULATOR_API_KEY: 'sk-only' });
    try {
      expect((await closed.get(videos)).status).toBe(401);
      expect((await closed.get(videos, { headers: { authorization: 'Bearer sk-only' } })).status).toBe(200);
    } finally {
      await closed.close();
    }
  });
});

it('finds its running tasks again after a restart, and serves the same bytes', async () => {
  const files = { SIMULATOR_STATE_FILE: join(directory, 'state.jsonl'), SIMULATOR_CACHE_DIR: join(directory, 'cache') };
  const env = { ...files, SIMULATOR_API_KEY: 'sk-test' };
  const first = await simulator(env);
  const quick = field((await first.post(videos, order('', { reference: 'att_restart' }))).body, 'id');
  const slow = field(
    (await first.post(videos, order('[[sim:slow=5000]]', { callback_url: `${receive.url}/restarted` }))).body,
    'id',
  );
  await eventually(async () =>
    expect((await first.get(`${videos}/${quick}`)).body).toMatchObject({ status: 'succeeded' }),
  );
  const before = (await download(`${first.url}/files/${quick}.mp4`)).sha256;
  await first.close();

  const second = await simulator(env);
  try {
    expect((await second.get(`${videos}?reference=att_restart`)).body).toMatchObject({
      videos: [{ id: quick, status: 'succeeded' }],
    });
    expect((await download(`${second.url}/files/${quick}.mp4`)).sha256).toBe(before);
    await eventually(async () =>
      expect((await second.get(`${videos}/${slow}`)).body).toMatchObject({ status: 'succeeded' }),
    );
    expect(await receive.at('/restarted', 1)).toHaveLength(1);
  } finally {
    await second.close();
  }
});

/** By node:http: fetch does not tell what came before the connection broke. */
function download(url: string): Promise<{ promised: number; got: number; complete: boolean; sha256: string }> {
  return new Promise((resolve, reject) => {
    httpGet(url, (response) => {
      const hash = createHash('sha256');
      let got = 0;
      response.on('data', (chunk: Buffer) => {
        got += chunk.length;
        hash.update(chunk);
      });
      response.on('error', () => undefined);
      response.on('close', () => {
        const promised = Number(response.headers['content-length']);
        resolve({ promised, got, complete: response.complete, sha256: hash.digest('hex') });
      });
    }).on('error', reject);
  });
}
