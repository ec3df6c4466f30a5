import { AppError, type TaskSubmission } from '@videoapi/contracts';
import { eventually } from '@videoapi/testing';
import { startStack, type Stack } from './harness.js';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
}, 60_000);
afterAll(() => stack.close());

const silent = 'https://silent.example/a.png';
/** Those whose assets the platform is looking at, by prompt. */
let looking: string[];
/** Ends the looking. */
let giveUp: () => void;

beforeEach(() => {
  const gate = Promise.withResolvers<void>();
  giveUp = gate.resolve;
  looking = [];
  const isSilent = ({ request }: TaskSubmission) => [...request.images, request.firstFrame].includes(silent);
  stack.world.look = async (submission) => {
    if (!isSilent(submission)) return;
    looking.push(submission.request.prompt);
    await gate.promise;
  };
  const refusal = new AppError('asset_unreachable', 'The URL did not answer in time.', { param: 'images[0]' });
  stack.world.refuse = (submission) => (isSilent(submission) ? refusal : undefined);
});
afterEach(() => giveUp());

async function create(prompt: string, assets: Record<string, unknown> = {}) {
  const body = JSON.stringify({ model: 'video-2.0-mini-reference-to-video', prompt, ...assets });
  const response = await stack.call('/v1/video/generations', { method: 'POST', body });
  return { status: response.status, headers: response.headers, body: (await response.json()) as unknown };
}
const statuses = async (answers: readonly Promise<{ status: number }>[]) =>
  new Set((await Promise.all(answers)).map(({ status }) => status));
const times = <T>(count: number, make: (index: number) => T) =>
  Array.from({ length: count }, (_, index) => make(index));

describe('a submit whose asset nobody answers for', () => {
  it('keeps nobody waiting that came with it, and is a refusal that names the asset', async () => {
    const pairs = times(20, (index) => ({
      stuck: create(`stuck ${index}`, { image_urls: [silent] }),
      neighbour: create('a boat', index % 2 === 0 ? {} : { image_urls: ['uploads/acc/2026/01/x.png'] }),
    }));
    expect(await statuses(pairs.map(({ neighbour }) => neighbour))).toEqual(new Set([200]));
    expect(await statuses([create('another', { image_urls: ['https://fast.example/a.png'] })])).toEqual(new Set([200]));

    await eventually(() => expect(looking).toHaveLength(20));
    giveUp();
    for (const { stuck } of pairs) {
      expect(await stuck).toMatchObject({
        status: 422,
        body: { error: { code: 'asset_unreachable', param: 'image_urls[0]' } },
      });
    }
    expect(looking).toHaveLength(20);
  });

  it('may be one of 128 of an account; then others with URLs are put off, and nobody else', async () => {
    const stuck = times(128, (index) => create(`stuck ${index}`, { first_frame_url: silent }));
    await eventually(() => expect(looking).toHaveLength(128), { timeoutMs: 20_000 });

    const late = await create('late', { image_urls: ['https://fast.example/a.png'] });
    expect(late).toMatchObject({ status: 503, body: { error: { code: 'overloaded' } } });
    expect(late.headers.get('retry-after')).toBe('5');
    expect(await statuses(times(20, () => create('a boat')))).toEqual(new Set([200]));

    giveUp();
    expect(await statuses(stuck)).toEqual(new Set([422]));
    expect(await statuses([create('again', { image_urls: ['https://fast.example/a.png'] })])).toEqual(new Set([200]));
  });
});

describe('a submit that nobody answers', () => {
  it('does not say that nothing was made', async () => {
    stack.world.refuseAll = new AppError('unavailable', 'No answer in time.');
    for (const assets of [{}, { image_urls: ['https://fast.example/a.png'] }]) {
      const { status, body } = await create('a boat', assets);
      expect(status).toBe(503);
      expect(body).toMatchObject({
        error: { code: 'unavailable', message: expect.stringContaining('Idempotency-Key') },
      });
    }
  });
});
