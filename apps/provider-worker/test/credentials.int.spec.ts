import { randomBytes, randomUUID } from 'node:crypto';
import { pollJob, sealCredentials, submitJob, type SubmitOrder } from '@videoapi/contracts';
import { openNats } from '@videoapi/messaging';
import { World } from './world.js';

const secret = `sk-entered-${randomUUID()}`;
const video = { id: 'sim_1', status: 'queued', progress: 0 };

let world: World;
/** Every subject on which the secret was seen in the clear. */
const seenOn = new Set<string>();
let stopListening: () => Promise<void>;
beforeAll(async () => {
  world = await World.open({ credentialKeks: [randomBytes(32)] });
  const nats = await openNats({ app: 'eavesdropper', url: world.nats.url });
  nats.connection.subscribe('>', {
    callback: (_error, message) => {
      if (message.string().includes(secret)) seenOn.add(message.subject);
    },
  });
  stopListening = () => nats.close();
});
afterAll(async () => {
  await stopListening();
  await world.close();
});
beforeEach(() => {
  world.script.reset();
  world.provider.asked.length = 0;
  world.provider.answer = () => ({ status: 201, body: video });
});

async function seal(channelId: string, text = secret): Promise<Record<string, string>> {
  const request = { channelId, credentials: { apiKey: text } };
  const { credentials } = await world.rpc.call(sealCredentials, request, { timeoutMs: 20_000 });
  return Object.fromEntries(Object.entries(credentials).map(([name, { sealed }]) => [name, sealed]));
}

async function orderFor(channelId: string, credentials: Record<string, string>): Promise<SubmitOrder> {
  const order = world.order('simulator', { channel: world.channel('simulator', { id: channelId, credentials }) });
  await world.publisher.publishJob(submitJob, 'simulator', { id: randomUUID(), data: order });
  return order;
}

const keysSent = () => world.provider.asked.map(({ headers }) => headers['authorization']);

describe('an entered credential', () => {
  it('is opened for the call, and goes nowhere else', async () => {
    const order = await orderFor('mine', await seal('mine'));

    expect(await world.reports(order.attemptId)).toMatchObject([{ fact: 'accepted' }]);
    expect(keysSent()).toEqual([`Bearer ${secret}`]);
  });

  it('is the new one as soon as a job brings it', async () => {
    const first = await orderFor('mine', await seal('mine'));
    await world.reports(first.attemptId);
    const second = await orderFor('mine', await seal('mine', 'sk-another-0123456789'));
    await world.reports(second.attemptId);

    expect(keysSent()).toEqual([`Bearer ${secret}`, 'Bearer sk-another-0123456789']);
  });

  it('that was sealed for another channel does not open: the channel is out, and its owner is told', async () => {
    const credentials = await seal('mine');
    const orders = [await orderFor('theirs', credentials), await orderFor('theirs', credentials)];

    for (const { attemptId } of orders) {
      expect(await world.reports(attemptId)).toMatchObject([
        { fact: 'refused', data: { failure: { code: 'channel_credentials' } } },
      ]);
    }
    expect(world.provider.asked).toEqual([]);
    const told = world.lines.filter((line) => line.includes('credential_unreadable'));
    expect(told.map((line) => JSON.parse(line))).toMatchObject([
      { level: 'error', channelId: 'theirs', credential: 'apiKey' },
    ]);
  });

  it('does not come back in what a provider says', async () => {
    const credentials = await seal('mine');
    world.provider.answer = ({ headers }) => ({
      status: 401,
      body: { error: { code: 'unauthorized', message: `bad header ${headers['authorization']}` } },
    });
    const order = await orderFor('mine', credentials);
    const attemptId = randomUUID();
    const poll = { attemptId, taskId: order.taskId, epoch: 1, handle: { id: 'x' }, look: 1, last: null };
    const channel = world.channel('simulator', { id: 'mine', credentials });
    await world.publisher.publishJob(pollJob, 'simulator', { id: randomUUID(), data: { channel, polls: [poll] } });

    expect(await world.reports(order.attemptId)).toMatchObject([{ fact: 'refused' }]);
    expect(await world.reports(attemptId)).toMatchObject([
      { data: { observation: { state: 'unreadable', channel: 'credentials' } } },
    ]);
    expect(JSON.stringify(world.script.reports)).toContain('[redacted]');
    expect(JSON.stringify(world.script.reports)).not.toContain(secret);
  });

  it('was nowhere in the clear but in the request that seals it', async () => {
    expect([...seenOn]).toEqual([sealCredentials.subject]);
    expect(world.lines.some((line) => line.includes('credentials_sealed'))).toBe(true);
    expect(world.lines.filter((line) => line.includes(secret))).toEqual([]);
    expect(await world.metrics()).not.toContain(secret);
  });
});

it('a worker without a key is not asked to seal', async () => {
  const keyless = await World.open();
  try {
    const request = { channelId: 'mine', credentials: { apiKey: secret } };
    const asked = keyless.rpc.call(sealCredentials, request, { timeoutMs: 20_000 });
    await expect(asked).rejects.toMatchObject({ code: 'unavailable' });
  } finally {
    await keyless.close();
  }
});
