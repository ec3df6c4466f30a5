import { adapters } from '@videoapi/providers';
import { callbackVerifiers } from '@videoapi/providers/callbacks';
import { openStandIn, orderOf, type StandIn } from './stand-in.js';

const { seedance } = adapters;
const model = 'doubao-seedance-2-0-260128';
let standIn: StandIn;

beforeAll(async () => {
  standIn = await openStandIn({ secrets: { KEY: 'sk-seedance', BAD: 'bad-key' } });
});
afterAll(() => standIn.close());

const channel = (credential = 'KEY') =>
  standIn.channel('seedance', '/ark/api/v3', { credentials: { apiKey: `env:${credential}` } });

it('renders what was ordered', async () => {
  const order = orderOf(model, { duration: 4, maxDurationMs: 4_000, generateAudio: true });

  const { end } = await standIn.settle(seedance!, channel(), await standIn.accept(seedance!, channel(), order));

  const film = await standIn.watch(channel(), end);
  expect(film).toMatchObject({ width: 1280, height: 720, hasAudio: true, complaints: '' });
  expect(film.seconds).toBeCloseTo(4, 0);
  expect(await standIn.renders(order.reference)).toHaveLength(1);
});

it.each([
  ['429', 'rate_limited'],
  ['no-balance', 'channel_balance'],
  ['bad-credentials', 'channel_credentials'],
  ['moderate-prompt', 'content_rejected'],
  ['invalid', 'invalid_request'],
])('%s is refused as %s', async (directive, code) => {
  const refused = await standIn.runtime.submit(seedance!, channel(), orderOf(model, {}, directive));

  expect(refused).toMatchObject({ outcome: 'refused', failure: { code } });
});

it('calls back, which is a hint', async () => {
  const webhooks = await standIn.listen();
  const order = orderOf(model);
  await standIn.runtime.submit(seedance!, channel(), { ...order, callbackUrl: webhooks.url(order.reference) });

  const [callback] = await webhooks.of(order.reference);

  expect(callback && callbackVerifiers['seedance']?.verify(callback, [], Date.now())).toBe('hint');
  await webhooks.close();
});
