import { resolveAssets } from '@videoapi/contracts';
import { makePng, makeVideo, startUploads, type Uploads } from './harness.js';

let uploads: Uploads;
const png = makePng();
const mp4 = makeVideo();

beforeAll(async () => {
  uploads = await startUploads();
});
afterAll(() => uploads.close());

async function ask(source: string, kind: 'image' | 'video' | 'audio' = 'image') {
  const request = { accountId: 'acc_1', assets: [{ source, kind }] };
  const { assets } = await uploads.rpc.call(resolveAssets, request, { timeoutMs: 15_000 });
  return assets[0];
}
const refused = (code: string) => expect.objectContaining({ outcome: 'refused', code });

describe('resolve_assets for a URL', () => {
  it('looks at the first bytes and passes the URL on as it is', async () => {
    const url = uploads.site.serve('/a.png?x=1', png);
    expect(await ask(url)).toEqual({ outcome: 'ok', url, contentType: 'image/png', size: png.length });
  });

  it('reads no more than it must, and believes what a range answer says', async () => {
    const url = uploads.site.on('/ranged.mp4', (request, response) => {
      expect(request.headers.range).toBe('bytes=0-65535');
      response.writeHead(206, { 'content-range': `bytes 0-${mp4.length - 1}/5000000` }).end(mp4);
    });
    expect(await ask(url, 'video')).toMatchObject({ outcome: 'ok', size: 5_000_000 });
  });

  it('answers each of many, in order', async () => {
    const good = uploads.site.serve('/many.png', png);
    const assets = Array.from({ length: 40 }, (_, index) => ({
      source: index % 2 === 0 ? good : `uploads/acc_1/2026/01/med_${index}.png`,
      kind: 'image' as const,
    }));
    const answer = await uploads.rpc.call(resolveAssets, { accountId: 'acc_1', assets }, { timeoutMs: 15_000 });
    expect(answer.assets.map(({ outcome }) => outcome)).toEqual(
      assets.map((_, index) => (index % 2 === 0 ? 'ok' : 'refused')),
    );
  });

  it('refuses addresses of ours', async () => {
    const to = (location: string) =>
      uploads.site.on('/to', (_, response) => void response.writeHead(302, { location }).end());
    expect(await ask('http://169.254.169.254/latest/meta-data/')).toEqual(refused('asset_blocked'));
    expect(await ask('http://[::1]/')).toEqual(refused('asset_blocked'));
    expect(await ask('http://localhost/')).toEqual(refused('asset_blocked'));
    expect(await ask('http://2130706433/')).toEqual(refused('asset_blocked'));
    expect(await ask('http://user:pw@example.com/a.png')).toEqual(refused('asset_blocked'));
    expect(await ask('file:///etc/passwd')).toEqual(refused('asset_blocked'));
    expect(await ask('data:image/png;base64,AAAA')).toEqual(refused('asset_blocked'));
    expect(await ask('no url at all')).toEqual(refused('asset_blocked'));
    expect(await ask(to('http://127.0.0.1:1/'))).toEqual(refused('asset_blocked'));
    expect(await ask(to('http://169.254.169.254/'))).toEqual(refused('asset_blocked'));
  });

  it('refuses what is too large, or does not say how large it is', async () => {
    const declared = uploads.site.on('/declared', (_, response) => {
      response.writeHead(200, { 'content-length': 10_000_000_000 }).write(Buffer.concat([png, Buffer.alloc(70_000)]));
    });
    expect(await ask(declared)).toEqual(refused('asset_too_large'));
    const hidden = uploads.site.on('/hidden', (_, response) => {
      response.writeHead(200).write(Buffer.concat([png, Buffer.alloc(70_000)]));
    });
    expect(await ask(hidden)).toEqual(refused('asset_unreachable'));
  });

  it('refuses what is not what it was named', async () => {
    expect(await ask(uploads.site.serve('/v.png', mp4))).toEqual(refused('asset_mismatch'));
    expect(await ask(uploads.site.serve('/page', Buffer.from('<html>'), 'image/png'))).toEqual(
      refused('asset_mismatch'),
    );
    expect(await ask(uploads.site.serve('/none', Buffer.alloc(0)))).toEqual(refused('asset_mismatch'));
  });

  it('refuses what does not answer', async () => {
    const silent = uploads.site.on('/silent', () => undefined);
    const loop = uploads.site.on('/loop', (_, response) => void response.writeHead(302, { location: '/loop' }).end());
    const gone = uploads.site.on('/gone', (_, response) => void response.writeHead(403).end());
    const torn = uploads.site.on('/torn', (request) => void request.socket.destroy());
    expect(await Promise.all([silent, loop, gone, torn].map((url) => ask(url)))).toEqual([
      refused('asset_unreachable'),
      refused('asset_unreachable'),
      refused('asset_unreachable'),
      refused('asset_unreachable'),
    ]);
  });

  it('answers in time for all of many that are silent', async () => {
    const silent = uploads.site.on('/all-silent', () => undefined);
    const assets = Array.from({ length: 64 }, () => ({ source: silent, kind: 'image' as const }));
    // One group of them after the other would take sixteen seconds.
    const answer = await uploads.rpc.call(resolveAssets, { accountId: 'acc_1', assets }, { timeoutMs: 12_000 });
    const message = 'The URL did not answer in time.';
    expect(answer.assets).toEqual(assets.map(() => ({ outcome: 'refused', code: 'asset_unreachable', message })));
  });
});
