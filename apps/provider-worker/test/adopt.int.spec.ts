import { randomUUID } from 'node:crypto';
import { adoptJob, type AdoptOrder } from '@videoapi/contracts';
import { eventually } from '@videoapi/testing';
import { type Answer } from './provider.js';
import { World } from './world.js';

let world: World;

beforeAll(async () => {
  world = await World.open({ lanes: ['hailuo', 'simulator'] });
});
afterAll(() => world.close());
beforeEach(() => {
  world.script.reset();
  world.provider.asked.length = 0;
});

function orderOf(changes: Partial<AdoptOrder> = {}): AdoptOrder {
  const { attemptId, taskId } = world.order('hailuo');
  const channel = world.channel('hailuo');
  return { attemptId, taskId, epoch: 3, channel, upstreamModel: 'MiniMax-H3', upstreamId: 't-1', ...changes };
}

const publish = (order: AdoptOrder) =>
  world.publisher.publishJob(adoptJob, order.channel.provider, { id: randomUUID(), data: order });
const logged = (order: AdoptOrder) =>
  world.lines
    .map((line): Record<string, unknown> => JSON.parse(line))
    .filter((line) => line['attemptId'] === order.attemptId);

describe('a render that a callback has named', () => {
  it.each<[string, string, string, Answer, object]>([
    [
      'runs',
      'MiniMax-H3',
      '/v2/query/video_generation/t-1',
      { status: 200, body: { task: { id: 't-1', status: 'running' } } },
      { api: 'v2' },
    ],
    [
      'has failed',
      'MiniMax-H3',
      '/v2/query/video_generation/t-1',
      { status: 200, body: { task: { id: 't-1', status: 'failed' } } },
      { api: 'v2' },
    ],
    [
      'waits, by the older API',
      'MiniMax-Hailuo-2.3',
      '/v1/query/video_generation',
      { status: 200, body: { task_id: 't-1', status: 'Queueing' } },
      { api: 'v1' },
    ],
  ])('is accepted when the key sees that it %s', async (_, upstreamModel, path, answer, handle) => {
    world.provider.answer = () => answer;
    const order = orderOf({ upstreamModel });
    await publish(order);

    expect(await world.reports(order.attemptId)).toEqual([
      {
        fact: 'accepted',
        id: `${order.attemptId}:3:adopted:t-1`,
        data: {
          attemptId: order.attemptId,
          taskId: order.taskId,
          epoch: 3,
          handle: { id: 't-1', ...handle },
          upstreamId: 't-1',
        },
      },
    ]);
    expect(world.provider.asked).toMatchObject([
      { method: 'GET', path, headers: { authorization: 'Bearer sk-test-secret-0123456789' } },
    ]);
    // A second look tells the same, under the same id: the stream keeps one.
    await publish(order);
    await eventually(() => expect(world.provider.asked).toHaveLength(2));
    await eventually(() => expect(logged(order).filter((line) => line['event'] === 'attempt_adopted')).toHaveLength(2));
    expect(world.script.of(order.attemptId)).toHaveLength(1);
  });

  it.each<[string, Answer]>([
    [
      'is not there',
      { status: 400, body: { type: 'error', error: { type: 'bad_request_error', message: 'no such task' } } },
    ],
    ['cannot be read', { status: 503, body: {} }],
    ['may not be seen by this key', { status: 401, body: {} }],
  ])('is nobody’s when it %s', async (_, answer) => {
    world.provider.answer = () => answer;
    const order = orderOf();
    await publish(order);

    await eventually(() => expect(logged(order)).toMatchObject([{ event: 'attempt_not_adopted', upstreamId: 't-1' }]));
    expect(world.script.of(order.attemptId)).toEqual([]);
  });

  it('of a provider whose names are no use is not asked for', async () => {
    const order = orderOf({ channel: world.channel('simulator') });
    await publish(order);
    const next = orderOf();
    await publish(next);
    await eventually(() => expect(logged(next)).not.toEqual([]));

    expect(world.provider.calls('GET', /^\/v1/)).toEqual([]);
    expect(world.script.of(order.attemptId)).toEqual([]);
  });
});
