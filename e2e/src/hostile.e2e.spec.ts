import { eventually } from '@videoapi/testing';
import { type AssetSite, openAssetSite } from './asset-site.js';
import { newCustomer, smallVideo } from './customer.js';
import { nothingWritten } from './nothing-written.js';
import { sharedStack } from './stack.js';

const stack = sharedStack();
const path = '/v1/video/generations';
/** Never gets anything. */
let customer: Awaited<ReturnType<typeof newCustomer>>;

beforeAll(async () => {
  customer = await newCustomer(stack, 10_000);
});

/** The answer is a refusal in our own shape, never a 5xx, and nothing came of it. */
async function isRefused(send: () => Promise<{ status: number; body: unknown }>): Promise<Refused> {
  const { status, body } = await nothingWritten(stack, customer.accountId, send);
  expect(status).toBeGreaterThanOrEqual(400);
  expect(status).toBeLessThan(500);
  expect(body).toMatchObject({ error: { message: expect.any(String), code: expect.any(String) } });
  const { error }: { error: { code: string; message: string } } = JSON.parse(JSON.stringify(body));
  return { status, ...error };
}

interface Refused {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

const json = { 'content-type': 'application/json' };
const send =
  (body: string, headers: Record<string, string> = json) =>
  () =>
    customer.call('POST', path, { body, headers });

describe('bad input never gives a 5xx', () => {
  it.each([
    ['truncated JSON', '{"model": "sandbox-video", "prompt":'],
    ['no JSON at all', 'model=sandbox-video'],
    ['an empty body', ''],
    ['an array', '[]'],
    ['a number', '7'],
    ['null', 'null'],
    ['a prompt of 10 MB', JSON.stringify({ ...smallVideo, prompt: 'x'.repeat(10 << 20) })],
    ['options of a megabyte', JSON.stringify({ ...smallVideo, provider_options: { scenes: 'x'.repeat(1_040_000) } })],
    ['an empty prompt', JSON.stringify({ ...smallVideo, prompt: '' })],
    ['NUL bytes', JSON.stringify({ ...smallVideo, prompt: 'a\0b' })],
    ['a NUL in metadata', JSON.stringify({ ...smallVideo, metadata: { a: 'x\0' } })],
    ['a lone surrogate', `{"model":"sandbox-video","prompt":"\\ud800","end_user_id":"\\ud800"}`],
    [
      '10,000 levels',
      JSON.stringify(smallVideo).replace('}', `,"metadata":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}}`),
    ],
    [
      'too many tags',
      JSON.stringify({
        ...smallVideo,
        metadata: Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`k${i}`, i])),
      }),
    ],
    ['a seed beyond 2^53', `{"model":"sandbox-video","prompt":"x","seed":90071992547409930}`],
    ['an infinite duration', `{"model":"sandbox-video","prompt":"x","duration":1e999}`],
  ])('%s', async (_, body) => {
    await isRefused(send(body));
  });

  it.each(['text/plain', 'application/xml', 'multipart/form-data', 'text/html', 'nonsense'])(
    'content type %s',
    async (contentType) => {
      await isRefused(send(JSON.stringify(smallVideo), { 'content-type': contentType }));
    },
  );

  const wrong = [null, true, 7, -1, 'x', [], {}, [[]], { a: 1 }];
  const fields = [
    'model',
    'prompt',
    'type',
    'image_urls',
    'video_urls',
    'audio_urls',
    'resolution',
    'duration',
    'aspect_ratio',
    'generate_audio',
    'seed',
    'negative_prompt',
    'first_frame_url',
    'last_frame_url',
    'end_user_id',
    'metadata',
    'provider_options',
    'callback_url',
    'max_credits',
  ];
  it.each(fields)('every wrong type in %s', async (field) => {
    const lucky = await newCustomer(stack); // some of it is right for some field
    for (const value of wrong) {
      const { status } = await lucky.create({ ...smallVideo, [field]: value });
      expect([field, value, status < 500]).toEqual([field, value, true]);
    }
  });

  it('__proto__ and friends are only data', async () => {
    await isRefused(send('{"model":"sandbox-video","prompt":"x","resolution":"9p","__proto__":{"resolution":"240p"}}'));
  });

  it.each([
    '/v1/video/generations/%00',
    '/v1/video/generations/..%2f..%2fetc',
    `/v1/video/generations/${'x'.repeat(5000)}`,
    '/v1/video/generations?limit=-1',
    '/v1/video/generations?limit=1e9',
    '/v1/video/generations?after=%00',
    '/v1/video/generations?created_after=yesterday',
    '/v1/models/%ff',
    '/media/x/y.mp4',
    '/media/%00/%00.mp4',
    '/nowhere',
  ])('GET %s', async (target) => {
    const { status } = await customer.call('GET', target);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
  });
});

describe('hostile asset URLs', () => {
  let site: AssetSite;
  beforeAll(async () => {
    site = await openAssetSite();
  });
  afterAll(() => site.close());

  const withImage = (image: string) => ({ ...smallVideo, image_urls: [image], prompt: '@Image1 moves' });
  const refusalOf = (image: string) => isRefused(() => customer.create(withImage(image)));

  it.each([
    ['the metadata service', 'http://169.254.169.254/latest/meta-data/', 'asset_blocked'],
    ['the metadata service by name', 'http://metadata.google.internal/', 'asset_blocked'],
    ['loopback', 'http://127.0.0.1:22/', 'asset_blocked'],
    ['loopback in disguise', 'http://2130706433/', 'asset_blocked'],
    ['loopback in IPv6', 'http://[::ffff:127.0.0.1]/', 'asset_blocked'],
    ['a name without a dot', 'http://localhost:8080/a.png', 'asset_blocked'],
    ['a private network', 'http://10.0.0.1/a.png', 'asset_blocked'],
    ['a file', 'file:///etc/passwd', 'asset_blocked'],
    ['our own service', () => `${stack.gateway}/v1/models`, 'asset_blocked'],
    ['user info', 'http://user:pass@example.com/a.png', 'asset_blocked'],
    ["somebody else's upload", 'uploads/another-account/2026/11/x.png', 'asset_not_found'],
    ['a path out of the bucket', 'uploads/../../secret', 'asset_not_found'],
  ])('%s is 422', async (_, target, code) => {
    expect(await refusalOf(typeof target === 'string' ? target : target())).toMatchObject({ status: 422, code });
  });

  it('a site that may be called is called, and its own redirects are followed', async () => {
    const friend = await newCustomer(stack, 100);
    for (const path of ['/good.png', '/to-good.png'] as const) {
      const { status, body } = await friend.create(withImage(site.url(path)));
      expect([path, status, body]).toEqual([path, 200, expect.objectContaining({ status: 'pending' })]);
    }
  });

  it.each([
    ['loopback', '/to-loopback.png', 'asset_blocked'],
    ['a name that resolves to loopback', '/to-loopback-by-name.png', 'asset_blocked'],
    ['the metadata service', '/to-metadata.png', 'asset_blocked'],
    ['itself, for ever', '/round-and-round.png', 'asset_unreachable'],
  ] as const)('a redirect to %s is 422 after the first hop', async (_, path, code) => {
    const before = site.calls.length;
    expect(await refusalOf(site.url(path))).toMatchObject({ status: 422, code });
    const calls = site.calls.slice(before);
    expect(new Set(calls)).toEqual(new Set([`127.0.0.2 ${path}`]));
    expect(calls).toHaveLength(path === '/round-and-round.png' ? 4 : 1);
  });

  it('a name that resolves to loopback is looked up, and is 422 without a call', async () => {
    const before = site.calls.length;
    expect(await refusalOf(site.forbidden('/good.png', 'localhost'))).toMatchObject({
      status: 422,
      code: 'asset_blocked',
      message: 'The host resolves to an address that may not be called',
    });
    expect(await refusalOf(site.forbidden('/good.png'))).toMatchObject({ status: 422, code: 'asset_blocked' });
    expect(site.calls.slice(before)).toEqual([]);
    // It is there: anybody else gets it.
    const direct = await fetch(site.forbidden('/good.png', 'localhost'), { signal: AbortSignal.timeout(10_000) });
    expect([direct.status, site.calls.slice(before)]).toEqual([200, ['127.0.0.1 /good.png']]);
  });

  it.each([
    ['that declares 10 GB', '/declares-10-gb.png', 'asset_too_large'],
    ['that is the first part of 10 GB', '/part-of-10-gb.png', 'asset_too_large'],
    ['that says no length and never ends', '/without-end.png', 'asset_unreachable'],
  ] as const)('a body %s is 422, and is not read to its end', async (_, path, code) => {
    expect(await refusalOf(site.url(path))).toMatchObject({ status: 422, code });
    if (path !== '/part-of-10-gb.png') {
      await eventually(() => expect(site.cutShort).toContain(path), { timeoutMs: 20_000 });
    }
  });

  it.each(['http://169.254.169.254/', 'ftp://example.com/', 'not a url', 'http://10.0.0.1/hook'])(
    'callback_url %s is refused',
    async (target) => {
      await isRefused(() => customer.create({ ...smallVideo, callback_url: target }));
    },
  );
});
