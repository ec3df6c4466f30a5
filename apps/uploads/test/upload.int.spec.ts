import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { deleteMedia, openMedia, presignUpload, resolveAssets } from '@videoapi/contracts';
import { sql } from '@videoapi/database';
import { eventually } from '@videoapi/testing';
import { z } from 'zod';
import { makePng, makeVideo, makeWav, publicUrl, startUploads, type Uploads } from './harness.js';

let uploads: Uploads;
const mebibyte = 1024 * 1024;
const png = makePng();
const mp4 = makeVideo();
const wav = makeWav();

beforeAll(async () => {
  uploads = await startUploads();
});
afterAll(() => uploads.close());

function form(...files: [name: string, bytes: Buffer, type?: string][]): FormData {
  const data = new FormData();
  for (const [name, bytes, type] of files)
    data.append('files', new Blob([new Uint8Array(bytes)], { type: type ?? '' }), name);
  return data;
}

const upload = (accountId: string, body: FormData): Promise<Response> =>
  fetch(uploads.uploadUrl, { method: 'POST', headers: uploads.token(accountId), body });

/** Parsed as it is documented. */
const answerOf = async (response: Response) => stored.parse(await response.json());
const stored = z.object({
  data: z.array(
    z.object({ filename: z.string(), content_type: z.string(), size: z.int(), key: z.string(), url: z.url() }),
  ),
});
const refusal = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

const rowCount = async (accountId: string): Promise<number> =>
  (await sql(uploads.source, `SELECT 1 FROM media WHERE account_id = $1`, [accountId])).length;

/** Resolves when a figure has stood still for half a second. */
async function quiet(figure: () => number): Promise<void> {
  let last = Number.NaN;
  await eventually(() => Object.is(last, (last = figure())), { intervalMs: 500 });
}

const linkOf = (url: string) => {
  const [, mediaId = '', signature = ''] = /\/media\/([^/]+)\/([^.]+)\./.exec(url) ?? [];
  return { mediaId, signature };
};

describe('POST /internal/upload', () => {
  it('keeps files in the order sent, under types read from their bytes', async () => {
    const answer = await upload('acc_order', form(['b.png', png, 'video/mp4'], ['a b".mp4', mp4], ['c', wav]));
    expect(answer.status).toBe(200);
    const { data } = await answerOf(answer);
    expect(data).toMatchObject([
      { content_type: 'image/png', size: png.length, filename: 'b.png' },
      { content_type: 'video/mp4', size: mp4.length },
      { content_type: 'audio/wav', size: wav.length, filename: 'c' },
    ]);
    for (const file of data) {
      expect(file.key).toMatch(/^uploads\/acc_order\/\d{4}\/\d\d\/med_[0-9a-f]{32}\.(png|mp4|wav)$/);
      expect(file.url).toMatch(/^https:\/\/video\.example\/media\/med_[0-9a-f]{32}\/[\w-]{22}\.(png|mp4|wav)$/);
    }
    const { url, contentType, expiresInSeconds } = await uploads.rpc.call(openMedia, linkOf(data[1]!.url), {
      timeoutMs: 2000,
    });
    expect([contentType, expiresInSeconds <= 900]).toEqual(['video/mp4', true]);
    const stored = await fetch(url, { headers: { range: 'bytes=0-9' } });
    expect([stored.status, stored.headers.get('content-type')]).toEqual([206, 'video/mp4']);
    expect(stored.headers.get('content-disposition')).toMatch(/^inline; filename="med_[0-9a-f]{32}\.mp4"$/);
    expect(Buffer.from(await stored.arrayBuffer())).toEqual(mp4.subarray(0, 10));
  });

  it.each<[string, number, string, FormData]>([
    ['a text', 415, 'unsupported_media_type', form(['a.png', png], ['b.mp4', Buffer.from('not a video')])],
    ['an empty file', 415, 'unsupported_media_type', form(['a.png', Buffer.alloc(0)])],
    ['HTML in an image', 415, 'unsupported_media_type', form(['a.png', Buffer.from('<html><script></script>')])],
    ['a GIF', 415, 'unsupported_media_type', form(['a.gif', Buffer.from('GIF89a\u0001\0\u0001\0')])],
    [
      'an SVG',
      415,
      'unsupported_media_type',
      form(['a.svg', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')]),
    ],
    [
      'a large image',
      413,
      'payload_too_large',
      form(['a.png', png], ['b.png', Buffer.concat([png, randomBytes(1_100_000)])]),
    ],
    ['a large audio', 413, 'payload_too_large', form(['a.wav', Buffer.concat([wav, randomBytes(8_000_000)])])],
    ['too many files', 413, 'payload_too_large', form(['a', png], ['b', png], ['c', png], ['d', png])],
    ['no file', 400, 'missing_parameter', new FormData()],
  ])('refuses %s with %i and keeps nothing of the call', async (name, status, code, body) => {
    const account = `acc_${name.replaceAll(' ', '_')}`;
    const answer = await upload(account, body);
    expect([answer.status, refusal.parse(await answer.json()).error.code]).toEqual([status, code]);
    expect(await uploads.keys(`uploads/${account}/`)).toEqual([]);
    expect(await rowCount(account)).toBe(0);
    expect(await uploads.unfinishedUploads()).toBe(0);
  });

  it('names a file that came without a name after its field', async () => {
    const { data } = await answerOf(await upload('acc_nameless', form(['', png])));
    expect(data).toMatchObject([{ filename: 'files', content_type: 'image/png' }]);
  });

  it('refuses another field name, another content type and a broken body', async () => {
    const other = new FormData();
    other.append('file', new Blob([new Uint8Array(png)]), 'a.png');
    expect((await upload('acc_bad', other)).status).toBe(400);
    const send = (type: string, body: string) =>
      fetch(uploads.uploadUrl, {
        method: 'POST',
        headers: { ...uploads.token('acc_bad'), 'content-type': type },
        body,
      });
    const part = '--x\r\ncontent-disposition: form-data; name="files"; filename="a.png"\r\n\r\n';
    expect((await send('multipart/form-data; boundary=x', part + png.toString('latin1'))).status).toBe(400);
    expect((await send('multipart/form-data', part)).status).toBe(400);
    expect((await send('application/json', '{}')).status).toBe(400);
    expect((await send('text/plain', 'hello')).status).toBe(400);
    expect(await uploads.keys('uploads/acc_bad/')).toEqual([]);
  });

  it('stores every byte, whichever way a file falls into parts, and of several at once', async () => {
    const part = 5 * mebibyte;
    const films = [part - 1, part, part + 1, 2 * part, 2 * part + 7].map((size) =>
      Buffer.concat([mp4, randomBytes(size - mp4.length)]),
    );
    for (let round = 0; round < 2; round += 1) {
      const answers = await Promise.all(films.map((film) => upload('acc_parts', form(['film.mp4', film]))));
      for (const [index, answer] of answers.entries()) {
        const [kept] = (await answerOf(answer)).data;
        const { url } = await uploads.rpc.call(openMedia, linkOf(kept?.url ?? ''), { timeoutMs: 20_000 });
        const bytes = Buffer.from(await (await fetch(url)).arrayBuffer());
        expect([round, index, bytes.equals(films[index] ?? Buffer.alloc(0))]).toEqual([round, index, true]);
      }
    }
    expect(await uploads.unfinishedUploads()).toBe(0);
  });

  it('lets only the gateway in', async () => {
    const tries = [
      {},
      { ...uploads.token('acc_1'), 'x-videoapi-account': 'acc_2' },
      { ...uploads.token('acc_1'), authorization: 'Internal 1.AAAA' },
      { ...uploads.token('acc_1'), authorization: 'Bearer x' },
    ];
    for (const headers of tries) {
      const answer = await fetch(uploads.uploadUrl, { method: 'POST', headers, body: form(['a.png', png]) });
      expect(answer.status).toBe(401);
    }
  });

  it('leaves nothing behind when the client goes away', async () => {
    const head = '--x\r\ncontent-disposition: form-data; name="files"; filename="a.mp4"\r\n\r\n';
    const sending = request(uploads.uploadUrl, {
      method: 'POST',
      headers: { ...uploads.token('acc_gone'), 'content-type': 'multipart/form-data; boundary=x' },
    });
    sending.on('error', () => undefined);
    sending.write(head);
    sending.write(Buffer.concat([mp4, randomBytes(12 * 1024 * 1024)]));
    await eventually(async () => expect(await uploads.unfinishedUploads()).toBe(1));
    sending.destroy();
    await eventually(async () => {
      expect(await uploads.unfinishedUploads()).toBe(0);
      expect(await rowCount('acc_gone')).toBe(0);
    });
    expect(await uploads.keys('uploads/acc_gone/')).toEqual([]);
  });

  it('takes no more of a large file than it can pass on', async () => {
    const head = Buffer.from('--x\r\ncontent-disposition: form-data; name="files"; filename="a.mp4"\r\n\r\n');
    const sending = request(uploads.uploadUrl, {
      method: 'POST',
      headers: { ...uploads.token('acc_slow'), 'content-type': 'multipart/form-data; boundary=x' },
    });
    const answered = once(sending, 'response');
    await uploads.s3.kill('SIGSTOP');
    const chunk = Buffer.alloc(256 * 1024);
    let left = 50 * mebibyte - mp4.length;
    const send = (): void => {
      while (left > 0 && sending.write(chunk.subarray(0, left))) left -= chunk.length;
      if (left > 0) sending.once('drain', () => ((left -= chunk.length), send()));
      else sending.end('\r\n--x--\r\n');
    };
    sending.write(Buffer.concat([head, mp4]));
    send();
    await eventually(() => expect(sending.writableNeedDrain).toBe(true));
    await quiet(() => left);
    // One part on its way to the store, one being filled, and what the sockets hold.
    expect(50 * mebibyte - left).toBeLessThan(20 * mebibyte);
    await uploads.s3.kill('SIGCONT');
    const [response] = await answered;
    expect(response.statusCode).toBe(200);
    response.resume();
    const [row] = await sql<{ size: number }>(uploads.source, `SELECT size FROM media WHERE account_id = 'acc_slow'`);
    expect(row?.size).toBe(50 * mebibyte);
  });
});

describe('a presigned upload', () => {
  const presign = (size: number, contentType = 'video/mp4') =>
    uploads.rpc.call(
      presignUpload,
      { accountId: 'acc_pre', filename: 'a.mp4', contentType, size },
      { timeoutMs: 20_000 },
    );
  const resolve = (source: string, accountId = 'acc_pre') =>
    uploads.rpc
      .call(resolveAssets, { accountId, assets: [{ source, kind: 'video' }] }, { timeoutMs: 20_000 })
      .then(({ assets }) => assets[0]);
  const put = (url: string, headers: Record<string, string>, bytes: Buffer) =>
    fetch(url, { method: 'PUT', headers, body: new Uint8Array(bytes) });

  it('is checked at its first use and lives from then on', async () => {
    const { key, uploadUrl, headers, path, expiresAt } = await presign(mp4.length);
    expect(Date.parse(expiresAt)).toBeGreaterThan(Date.now());
    expect(await resolve(key)).toMatchObject({ outcome: 'refused', code: 'asset_not_found' });
    expect((await put(uploadUrl, headers, mp4)).status).toBe(200);
    await expect(uploads.rpc.call(openMedia, linkOf(path), { timeoutMs: 20_000 })).rejects.toMatchObject({
      code: 'not_found',
    });
    const first = await resolve(key);
    expect(first).toMatchObject({ outcome: 'ok', contentType: 'video/mp4', size: mp4.length });
    expect(await resolve(key)).toMatchObject({ outcome: 'ok' });
    await uploads.rpc.call(openMedia, linkOf(path), { timeoutMs: 20_000 });
    const url = first?.outcome === 'ok' ? first.url : '';
    expect(Buffer.from(await (await fetch(url)).arrayBuffer())).toEqual(mp4);
  });

  it('takes neither another length nor another type', async () => {
    const { uploadUrl, headers } = await presign(mp4.length);
    expect((await put(uploadUrl, { 'content-type': 'video/mp4' }, Buffer.concat([mp4, mp4]))).status).toBe(403);
    expect((await put(uploadUrl, { ...headers, 'content-type': 'text/html' }, mp4)).status).toBe(403);
  });

  it('is deleted when it is not what was declared', async () => {
    const { key, uploadUrl, headers } = await presign(png.length);
    expect((await put(uploadUrl, headers, png)).status).toBe(200);
    expect(await resolve(key)).toMatchObject({ outcome: 'refused', code: 'asset_mismatch' });
    expect(await uploads.keys(key)).toEqual([]);
    expect(await resolve(key)).toMatchObject({ outcome: 'refused', code: 'asset_not_found' });
  });

  it('is refused for other types and sizes', async () => {
    await expect(presign(10, 'text/html')).rejects.toMatchObject({ code: 'unsupported_media_type' });
    await expect(presign(2 ** 31)).rejects.toMatchObject({ code: 'payload_too_large' });
  });

  it('is swept away when nobody has used it for a day', async () => {
    const [old, young] = [await presign(mp4.length), await presign(mp4.length)];
    for (const { uploadUrl, headers } of [old, young]) await put(uploadUrl, headers, mp4);
    await sql(uploads.source, `UPDATE media SET created_at = now() - interval '25 hours' WHERE key = $1`, [old.key]);
    expect(await uploads.removal.sweep()).toBe(1);
    expect(await uploads.keys(old.key)).toEqual([]);
    expect(await resolve(old.key)).toMatchObject({ outcome: 'refused', code: 'asset_not_found' });
    expect(await resolve(young.key)).toMatchObject({ outcome: 'ok' });
    expect(await uploads.removal.sweep()).toBe(0);
  });

  it("is nobody else's", async () => {
    const { key, uploadUrl, headers } = await presign(mp4.length);
    await put(uploadUrl, headers, mp4);
    expect(await resolve(key, 'acc_other')).toMatchObject({ outcome: 'refused', code: 'asset_not_found' });
    const mediaIds = [linkOf(`/media/${key.split('/').at(-1)?.split('.')[0]}/x.`).mediaId];
    const foreign = await uploads.rpc.call(deleteMedia, { accountId: 'acc_other', mediaIds }, { timeoutMs: 20_000 });
    expect(foreign.deleted).toBe(0);
    expect(await resolve(key)).toMatchObject({ outcome: 'ok' });
  });
});

describe('media links', () => {
  it('open with the right signature only, and die with the media', async () => {
    const { data } = await answerOf(await upload('acc_link', form(['a.png', png])));
    const link = linkOf(data[0]!.url);
    const open = (mediaId: string, signature: string) =>
      uploads.rpc.call(openMedia, { mediaId, signature }, { timeoutMs: 20_000 });
    await open(link.mediaId, link.signature);
    const flipped = (link.signature.startsWith('A') ? 'B' : 'A') + link.signature.slice(1);
    for (const signature of [flipped, '', link.signature.slice(1), `${link.signature}A`]) {
      await expect(open(link.mediaId, signature)).rejects.toMatchObject({ code: 'not_found' });
    }
    await expect(open('med_unknown', link.signature)).rejects.toMatchObject({ code: 'not_found' });
    await expect(open(`${link.mediaId}_t`, '')).rejects.toMatchObject({ code: 'not_found' });
    const request = { accountId: 'acc_link', mediaIds: [link.mediaId] };
    expect(await uploads.rpc.call(deleteMedia, request, { timeoutMs: 20_000 })).toEqual({ deleted: 1 });
    expect(await uploads.rpc.call(deleteMedia, request, { timeoutMs: 20_000 })).toEqual({ deleted: 0 });
    await expect(open(link.mediaId, link.signature)).rejects.toMatchObject({ code: 'not_found' });
    expect(await uploads.keys('uploads/acc_link/')).toEqual([]);
    expect(await rowCount('acc_link')).toBe(0);
  });

  it('work as assets of their own', async () => {
    const { data } = await answerOf(await upload('acc_asset', form(['a.png', png])));
    const ask = (source: string, kind: 'image' | 'video') =>
      uploads.rpc
        .call(resolveAssets, { accountId: 'acc_asset', assets: [{ source, kind }] }, { timeoutMs: 20_000 })
        .then(({ assets }) => assets[0]);
    expect(await ask(data[0]!.url, 'image')).toMatchObject({ outcome: 'ok', contentType: 'image/png' });
    expect(await ask(data[0]!.key, 'video')).toMatchObject({ outcome: 'refused', code: 'asset_mismatch' });
    const { mediaId } = linkOf(data[0]!.url);
    const forged = `${publicUrl}/media/${mediaId}/${'A'.repeat(22)}.png`;
    expect(await ask(forged, 'image')).toMatchObject({ outcome: 'refused', code: 'asset_not_found' });
    expect(await ask(`${publicUrl}/v1/models`, 'image')).toMatchObject({ outcome: 'refused', code: 'asset_blocked' });
  });
});
