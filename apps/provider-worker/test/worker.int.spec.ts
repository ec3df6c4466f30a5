import { randomUUID } from 'node:crypto';
import { cancelJob, pollJob, submitJob, type SubmitOrder } from '@videoapi/contracts';
import { eventually } from '@videoapi/testing';
import { sampleRequest, World } from './world.js';

let world: World;

beforeAll(async () => {
  world = await World.open();
});
afterAll(() => world.close());
beforeEach(() => {
  world.script.permit = () => ({ permit: 'go', epoch: 1 });
  world.provider.answer = () => ({ status: 500 });
});

async function submit(order: SubmitOrder): Promise<void> {
  await world.publisher.publishJob(submitJob, order.channel.provider, { id: randomUUID(), data: order });
}

const video = (id: string, status: string, extra: object = {}) => ({ id, status, progress: 10, ...extra });

describe('submit', () => {
  it('accepted: the handle is reported under the permit', async () => {
    const order = world.order('simulator', { callbackUrl: 'https://hooks.example/callbacks/simulator/t' });
    world.provider.answer = () => ({ status: 201, body: video('sim_1', 'queued') });

    await submit(order);

    const [report] = await world.reports(order.attemptId);
    expect(report).toMatchObject({
      fact: 'accepted',
      id: `${order.attemptId}:1:accepted`,
      data: { taskId: order.taskId, epoch: 1, handle: { id: 'sim_1' } },
    });
    const [call] = world.provider.calls('POST', '/v1/videos');
    expect(call).toMatchObject({
      headers: { authorization: 'Bearer sk-test-secret-0123456789' },
      body: {
        reference: order.attemptId,
        model: 'some-model',
        prompt: sampleRequest.prompt,
        callback_url: order.callbackUrl,
      },
    });
  });
});
