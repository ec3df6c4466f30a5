import { randomBytes, randomUUID } from 'node:crypto';
import { deleteMedia, mediaStored, mediaStoreFailed, openMedia, presignStaging } from '@videoapi/contracts';
import { sql } from '@videoapi/database';
import { eventually } from '@videoapi/testing';
import { makePng, makeVideo, makeWav, orderFor, startUploads, type Uploads } from './harness.js';

let uploads: Uploads;
const mp4 = makeVideo('video.mp4', 2);
const fastStart = makeVideo('fast.mp4', 2, ['-movflags', '+faststart']);
const webm = makeVideo('video.webm', 1);

beforeAll(async () => {
  uploads = await startUploads();
});
afterAll(() => uploads.close());

const urlOf = (url: string) => [{ kind: 'url', url }];
const open = async (path: string) => {
  const [, mediaId = '', signature = ''] = /^\/media\/([^/]+)\/([^.]+)\./.exec(path) ?? [];
  const { url } = await uploads.rpc.call(openMedia, { mediaId, signature }, { timeoutMs: 20_000 });
  return Buffer.from(await (await fetch(url)).arrayBuffer());
};
const bytesOfResults = async (sha256?: string) =>
  sql<{ n: string }>(uploads.source, `SELECT count(*) AS n FROM media WHERE sha256 = $1`, [sha256]);

async function failureOf(outputs: unknown[]) {
  const order = orderFor(outputs);
  await uploads.publishStore(order);
  const { code, retryable } = await uploads.events.next(mediaStoreFailed, order.attemptId);
  expect(await uploads.keys(`results/acc_1/2026/07/${order.attemptId}`)).toEqual([]);
  return [code, retryable];
}

describe('job store_result', () => {
  it('stores, measures and draws each output, and tells', async () => {
    const one = uploads.site.serve('/one.mp4', mp4);
    const two = uploads.site.serve('/two.webm', webm);
    const order = orderFor([...urlOf(one), ...urlOf(two)]);
    await uploads.publishStore(order);
    const { outputs, taskId, accountId } = await uploads.events.next(mediaStored, order.attemptId);
    expect([taskId, accountId]).toEqual([order.taskId, 'acc_1']);
    expect(outputs).toMatchObject([
      { contentType: 'video/mp4', size: mp4.length, width: 320, height: 180, durationMs: 2000 },
      { contentType: 'video/webm', size: webm.length, width: 320, height: 180, durationMs: 1000 },
    ]);
    expect(await uploads.keys('results/acc_1/2026/07/')).toEqual([
      `results/acc_1/2026/07/${order.attemptId}-0.mp4`,
      `results/acc_1/2026/07/${order.attemptId}-1.webm`,
    ]);
    expect(await open(outputs[0]!.path)).toEqual(mp4);
    const picture = await open(outputs[1]!.thumbnailPath ?? '');
    expect([picture.toString('latin1', 0, 4), picture.toString('latin1', 8, 12)]).toEqual(['RIFF', 'WEBP']);
  });

  it('answers a second order for the same attempt with the same event, without fetching', async () => {
    const order = orderFor(urlOf(uploads.site.serve('/again.mp4', mp4)));
    const id = randomUUID();
    await uploads.publishStore(order, id);
    const first = await uploads.events.next(mediaStored, order.attemptId);
    await uploads.nats.wipe(); // or the streams would drop the repeats
    await eventually(() => uploads.publishStore(order, id));
    expect(await uploads.events.next(mediaStored, order.attemptId, 2)).toEqual(first);
    await uploads.nats.wipe();
    await eventually(() => uploads.publishStore(order));
    expect(await uploads.events.next(mediaStored, order.attemptId, 3)).toEqual(first);
    expect(new Set(uploads.events.all(order.attemptId).map((event) => event.id)).size).toBe(1);
    expect(uploads.site.hits('/again.mp4')).toBe(1);
  });

  it('does not answer a redelivery of an order that is answered', async () => {
    const meta = { id: randomUUID(), consumer: 'uploads-store_result-main' };
    const outcome = (n: number) => ({
      id: randomUUID(),
      subject: 'evt.media.v1.stored',
      key: 'x',
      payload: { id: randomUUID(), occurredAt: new Date().toISOString(), data: { attemptId: meta.id, n } },
    });
    const told = () => uploads.events.all(meta.id).map(({ data }) => data);
    await uploads.journal.commit({ meta: { ...meta, deliveries: 2 }, rows: [], event: outcome(1) });
    await uploads.journal.commit({ meta: { ...meta, deliveries: 3 }, rows: [], event: outcome(2) });
    await uploads.journal.commit({ meta: { ...meta, deliveries: 1 }, rows: [], event: outcome(3) });
    await eventually(() => expect(told()).toHaveLength(2));
    expect(told()).toMatchObject([{ n: 1 }, { n: 3 }]);
  });

  it('leaves what is stored alone when the provider sends something else later', async () => {
    const url = uploads.site.serve('/fickle.mp4', mp4);
    const order = orderFor(urlOf(url));
    await uploads.publishStore(order);
    await uploads.events.next(mediaStored, order.attemptId);
    // As if the process had died between the bucket and the commit.
    await sql(uploads.source, `DELETE FROM media WHERE attempt_id = $1`, [order.attemptId]);
    uploads.site.serve('/fickle.mp4', fastStart.subarray());
    const other = makeVideo('other.mp4', 1);
    uploads.site.serve('/fickle.mp4', other);
    await uploads.publishStore(order);
    await eventually(async () => {
      const rows = await sql(uploads.source, `SELECT size, duration_ms FROM media WHERE attempt_id = $1`, [
        order.attemptId,
      ]);
      expect(rows).toEqual([{ size: mp4.length, duration_ms: 2000 }]);
    });
  });

  it('draws equal bytes once, and removes a picture with the last video that has it', async () => {
    const video = makeVideo('unique.mp4', 1, ['-metadata', `comment=${randomUUID()}`]);
    const url = uploads.site.serve('/equal.mp4', video);
    const orders = Array.from({ length: 12 }, () => orderFor(urlOf(url), 'acc_equal'));
    const before = (await uploads.keys('thumbnails/')).length;
    await Promise.all(orders.map((order) => uploads.publishStore(order)));
    const events = await Promise.all(orders.map(({ attemptId }) => uploads.events.next(mediaStored, attemptId)));
    expect((await uploads.keys('thumbnails/')).length).toBe(before + 1);
    const ids = events.map(({ outputs }) => outputs[0]!.mediaId);
    const remove = (mediaIds: string[]) =>
      uploads.rpc.call(deleteMedia, { accountId: 'acc_equal', mediaIds }, { timeoutMs: 20_000 });
    await remove(ids.slice(1));
    expect(await open(events[0]!.outputs[0]!.thumbnailPath ?? '')).not.toHaveLength(0);
    await remove(ids.slice(0, 1));
    expect((await uploads.keys('thumbnails/')).length).toBe(before);
    expect(await uploads.keys('results/acc_equal/')).toEqual([]);
  });

  it('goes through a temporary file when a result is large', async () => {
    const filler = Buffer.alloc(9 * 1024 * 1024);
    filler.writeUInt32BE(filler.length, 0);
    filler.write('free', 4);
    const large = Buffer.concat([mp4, filler]);
    const order = orderFor(urlOf(uploads.site.serve('/large.mp4', large)));
    await uploads.publishStore(order);
    const { outputs } = await uploads.events.next(mediaStored, order.attemptId);
    expect(outputs[0]).toMatchObject({ size: large.length, width: 320, durationMs: 2000 });
    expect(outputs[0]?.thumbnailPath).not.toBeNull();
    expect((await open(outputs[0]!.path)).equals(large)).toBe(true);
  });

  it('takes what a worker has staged, and only for that attempt', async () => {
    const order = orderFor([]);
    const ask = { attemptId: order.attemptId, index: 0, contentType: 'video/mp4' };
    const { key, url, headers } = await uploads.rpc.call(presignStaging, ask, { timeoutMs: 20_000 });
    expect((await fetch(url, { method: 'PUT', headers, body: new Uint8Array(mp4) })).status).toBe(200);
    expect(await failureOf([{ kind: 'uploaded', key }])).toEqual(['blocked', false]);
    await uploads.publishStore({ ...order, outputs: [{ kind: 'uploaded', key }] });
    const { outputs } = await uploads.events.next(mediaStored, order.attemptId);
    expect(await open(outputs[0]!.path)).toEqual(mp4);
    await eventually(async () => expect(await uploads.keys('staging/')).toEqual([]));
  });

  it.each<[string, () => Buffer]>([
    ['a text', () => Buffer.from('{"error":"not ready"}')],
    ['HTML', () => Buffer.from('<!doctype html><title>Login</title>')],
    ['an image', makePng],
    ['an audio', makeWav],
    ['nothing', () => Buffer.alloc(0)],
    ['random bytes under a video box', () => Buffer.concat([mp4.subarray(0, 32), randomBytes(2000)])],
  ])('refuses %s for good or for now, but never stores it', async (name, bytes) => {
    const [code] = await failureOf(urlOf(uploads.site.serve(`/bad-${name.replaceAll(' ', '-')}`, bytes())));
    expect(code).toBe('unreadable');
  });

  it('knows a video that breaks off', async () => {
    const cut = fastStart.subarray(0, fastStart.length - 100);
    expect(await failureOf(urlOf(uploads.site.serve('/cut.mp4', cut)))).toEqual(['unreadable', true]);
    const short = uploads.site.on('/short.mp4', (request, response) => {
      response
        .writeHead(200, { 'content-length': mp4.length })
        .write(mp4.subarray(0, 1000), () => request.socket.destroy());
    });
    expect(await failureOf(urlOf(short))).toEqual(['unreachable', true]);
    expect(await failureOf(urlOf(uploads.site.serve('/cut.webm', webm.subarray(0, -50))))).toEqual([
      'unreadable',
      true,
    ]);
  });

  it.each([
    [404, 'gone', false],
    [410, 'gone', false],
    [403, 'gone', false],
    [500, 'unreachable', true],
    [429, 'unreachable', true],
    [418, 'unreachable', false],
  ])('understands status %i', async (status, code, retryable) => {
    const url = uploads.site.on(`/status/${status}`, (_, response) => void response.writeHead(status).end('no'));
    expect(await failureOf(urlOf(url))).toEqual([code, retryable]);
  });

  it('goes nowhere it must not', async () => {
    const bounce = (to: string) =>
      uploads.site.on(
        `/bounce/${encodeURIComponent(to)}`,
        (_, response) => void response.writeHead(302, { location: to }).end(),
      );
    expect(await failureOf(urlOf('http://169.254.169.254/latest/meta-data/'))).toEqual(['blocked', false]);
    expect(await failureOf(urlOf('http://127.0.0.1:1/x.mp4'))).toEqual(['blocked', false]);
    expect(await failureOf(urlOf(bounce('http://127.0.0.1:1/')))).toEqual(['blocked', false]);
    expect(await failureOf(urlOf(bounce('http://169.254.169.254/')))).toEqual(['blocked', false]);
    expect(await failureOf(urlOf(bounce('file:///etc/passwd')))).toEqual(['blocked', false]);
    const good = uploads.site.serve('/good.mp4', mp4);
    const order = orderFor(urlOf(bounce(good)));
    await uploads.publishStore(order);
    await uploads.events.next(mediaStored, order.attemptId);
  });

  it('stops at its size limit', async () => {
    const endless = uploads.site.on('/endless', (_, response) => {
      const chunk = Buffer.alloc(1024 * 1024);
      const push = (): void => {
        while (!response.destroyed && response.write(chunk));
        if (!response.destroyed) response.once('drain', push);
      };
      response.writeHead(200).write(mp4);
      push();
    });
    expect(await failureOf(urlOf(endless))).toEqual(['too_large', false]);
  });

  it('one bad output decides for all', async () => {
    const good = uploads.site.serve('/fine.mp4', mp4);
    const order = orderFor([...urlOf(good), ...urlOf(uploads.site.serve('/not.mp4', Buffer.from('no')))]);
    await uploads.publishStore(order);
    const event = await uploads.events.next(mediaStoreFailed, order.attemptId);
    expect(event.code).toBe('unreadable');
    expect(await sql(uploads.source, `SELECT 1 FROM media WHERE attempt_id = $1`, [order.attemptId])).toEqual([]);
  });

  it('waits for a bucket that is away, and loses nothing', async () => {
    const order = orderFor(urlOf(uploads.site.serve('/patient.mp4', mp4)));
    await uploads.s3.kill();
    await uploads.publishStore(order);
    await eventually(() => expect(uploads.site.hits('/patient.mp4')).toBe(1));
    expect((await fetch(`${uploads.healthUrl}/health/ready`)).status).toBe(503);
    await uploads.s3.start();
    const event = await uploads.events.next(mediaStored, order.attemptId);
    expect(event.outputs).toHaveLength(1);
    expect(uploads.events.all(order.attemptId)).toHaveLength(1);
    expect((await bytesOfResults())[0]?.n).toBe('0');
  });
});
