import { jest } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { openMedia, presignStaging, presignUpload, resolveAssets } from '@videoapi/contracts';
import { makePng, startUploads, type Uploads } from './harness.js';

// Everything here waits for real servers, on machines that do other things as well.
jest.setTimeout(60_000);

let uploads: Uploads;
const png = makePng();
const accountId = 'acc_links';
const patience = { timeoutMs: 15_000 };

beforeAll(async () => {
  uploads = await startUploads();
}, 60_000);
afterAll(() => uploads.close());

const put = async (url: string, headers: Record<string, string>) =>
  (await fetch(url, { method: 'PUT', headers, body: new Uint8Array(png) })).status;
const read = async (url: string | undefined) => Buffer.from(await (await fetch(String(url))).arrayBuffer());

/** A customer's upload, and the link under which it is kept. */
async function uploaded(): Promise<{ key: string; uploadUrl: string; path: string }> {
  const file = { accountId, filename: 'a.png', contentType: 'image/png', size: png.length };
  const { key, uploadUrl, headers, path } = await uploads.rpc.call(presignUpload, file, patience);
  expect(await put(uploadUrl, headers)).toBe(200);
  return { key, uploadUrl, path };
}

describe('one bucket under two addresses: a link works where it is opened', () => {
  const origins = () => ({
    own: new URL(uploads.config.storage.endpoint).origin,
    outside: new URL(uploads.config.storage.publicEndpoint).origin,
  });

  it('of what a customer puts and opens: the public one', async () => {
    const { key, uploadUrl, path } = await uploaded();
    await uploads.rpc.call(resolveAssets, { accountId, assets: [{ source: key, kind: 'image' }] }, patience);
    const [, mediaId = '', signature = ''] = /^\/media\/([^/]+)\/([^.]+)\./.exec(path) ?? [];
    const { url } = await uploads.rpc.call(openMedia, { mediaId, signature }, patience);

    expect(new URL(uploadUrl).origin).toBe(origins().outside);
    expect(new URL(url).origin).toBe(origins().outside);
    expect(await read(url)).toEqual(png);
  });

  it('of an input: the public one for the provider, and our own for the worker that carries it', async () => {
    const { key } = await uploaded();
    const request = { accountId, assets: [{ source: key, kind: 'image' as const }] };
    const { assets } = await uploads.rpc.call(resolveAssets, request, patience);

    const [asset] = assets;
    if (asset?.outcome !== 'ok') throw new Error(JSON.stringify(asset));
    expect(new URL(asset.url).origin).toBe(origins().outside);
    expect(new URL(asset.ownUrl ?? '').origin).toBe(origins().own);
    expect(await read(asset.url)).toEqual(png);
    expect(await read(asset.ownUrl)).toEqual(png);
  });

  it('of what a worker stages: our own', async () => {
    const ask = { attemptId: randomUUID(), index: 0, contentType: 'image/png' };
    const { key, url, headers } = await uploads.rpc.call(presignStaging, ask, patience);

    expect(new URL(url).origin).toBe(origins().own);
    expect(await put(url, headers)).toBe(200);
    expect(await uploads.keys(key)).toEqual([key]);
  });

  it('and under no other: the host is signed', async () => {
    const { key } = await uploaded();
    const request = { accountId, assets: [{ source: key, kind: 'image' as const }] };
    const { assets } = await uploads.rpc.call(resolveAssets, request, patience);
    const url = assets[0]?.outcome === 'ok' ? assets[0].url : '';
    expect((await fetch(url.replace(origins().outside, origins().own))).status).toBe(403);
  });
});
