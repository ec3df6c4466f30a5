import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { newCustomer, smallVideo } from './customer.js';
import { holds } from './ledger.js';
import { query, sharedStack } from './stack.js';

const stack = sharedStack();
const path = '/v1/video/generations';
let customer: Awaited<ReturnType<typeof newCustomer>>;

beforeAll(async () => {
  customer = await newCustomer(stack, 10_000);
});

/** The answer is a refusal in our own shape, never a 5xx, and nothing came of it. */
async function isRefused(send: () => Promise<{ status: number; body: unknown }>): Promise<number> {
  const before = await traces();
  const { status, body } = await send();
  expect(status).toBeGreaterThanOrEqual(400);
  expect(status).toBeLessThan(500);
  expect(body).toMatchObject({ error: { message: expect.any(String), code: expect.any(String) } });
  expect(await traces()).toEqual(before);
  return status;
}

/** How many tasks and holds there are; earlier ones may go on. */
async function traces(): Promise<unknown> {
  const tasks = await query(stack, 'orchestrator', 'SELECT id FROM task WHERE account_id = $1', [customer.accountId]);
  const held = Object.values(await holds(stack, customer.accountId)).reduce((sum, count) => sum + count, 0);
  return [tasks.length, held];
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
    for (const value of wrong) {
      const { status } = await customer.create({ ...smallVideo, [field]: value });
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
  let redirector: Server;
  let url: string;
  beforeAll(async () => {
    redirector = createServer((_, response) => response.writeHead(302, { location: 'http://169.254.169.254/' }).end());
    await new Promise<void>((resolve) => redirector.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(redirector.address() as AddressInfo).port}/`;
  });
  afterAll(() => redirector.close());

  it.each([
    ['the metadata service', 'http://169.254.169.254/latest/meta-data/'],
    ['the metadata service by name', 'http://metadata.google.internal/'],
    ['loopback', 'http://127.0.0.1:22/'],
    ['loopback in disguise', 'http://2130706433/'],
    ['loopback in IPv6', 'http://[::ffff:127.0.0.1]/'],
    ['a name that resolves to loopback', 'http://localhost:8080/a.png'],
    ['a private network', 'http://10.0.0.1/a.png'],
    ['a file', 'file:///etc/passwd'],
    ['our own service', () => `${stack.gateway}/v1/models`],
    ['a redirect to the metadata service', () => url],
    ['user info', 'http://user:pass@example.com/a.png'],
    ["somebody else's upload", 'uploads/another-account/2026/11/x.png'],
    ['a path out of the bucket', 'uploads/../../secret'],
  ])('%s is 422', async (_, target) => {
    const image = typeof target === 'string' ? target : target();
    const status = await isRefused(() =>
      customer.create({ ...smallVideo, image_urls: [image], prompt: '@Image1 moves' }),
    );
    expect(status).toBe(422);
  });

  it.each(['http://169.254.169.254/', 'ftp://example.com/', 'not a url', 'http://10.0.0.1/hook'])(
    'callback_url %s is refused',
    async (target) => {
      await isRefused(() => customer.create({ ...smallVideo, callback_url: target }));
    },
  );
});
