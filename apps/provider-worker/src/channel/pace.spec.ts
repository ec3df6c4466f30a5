import { eventually } from '@videoapi/testing';
import { Gates } from './gates.js';
import { Pace } from './pace.js';

const channelWith = (options: Record<string, unknown>, id = 'one') => ({
  id,
  provider: 'test',
  baseUrl: 'https://provider.example',
  credentials: {},
  options,
});

/** When each of so many began, in milliseconds since all of them were asked for. */
async function begun(count: number, begin: (work: () => Promise<void>) => Promise<void>): Promise<number[]> {
  const times: number[] = [];
  const startedAt = performance.now();
  const work = () => {
    times.push(performance.now());
    return Promise.resolve();
  };
  await Promise.all(Array.from({ length: count }, () => begin(work)));
  return times.map((time) => time - startedAt);
}

it('begins evenly, at most so many a second', async () => {
  const gates = new Gates(100);
  const channel = channelWith({ callsPerSecond: 100 });

  const times = await begun(11, (work) => gates.run('poll', channel, work));

  expect(times).toHaveLength(11);
  // A timer may be early by a fraction of a millisecond.
  times.forEach((time, index) => expect(time).toBeGreaterThan(index * 10 - 2));
});

it('keeps channels and kinds of work apart, and holds back nothing without a number', async () => {
  const gates = new Gates(100);
  const slow = channelWith({ callsPerSecond: 1 });
  const startedAt = performance.now();

  await gates.run('poll', slow, () => Promise.resolve());
  await gates.run('submit', slow, () => Promise.resolve());
  await gates.run('poll', channelWith({ callsPerSecond: 1 }, 'two'), () => Promise.resolve());
  for (const callsPerSecond of [undefined, 0, -1, 'many', null]) {
    await begun(5, (work) => gates.run('poll', channelWith({ callsPerSecond }, 'three'), work));
  }

  expect(performance.now() - startedAt).toBeLessThan(500);
});

it('hands back what would wait too long, without taking its turn', async () => {
  const pace = new Pace(50);
  await pace.turn(10);

  const second = await Promise.allSettled([pace.turn(10)]);
  expect(second).toMatchObject([{ status: 'rejected', reason: { code: 'overloaded', retryable: true } }]);
  const waited = performance.now();
  await eventually(() => pace.turn(10), { intervalMs: 5 });

  expect(performance.now() - waited).toBeLessThan(130);
});
