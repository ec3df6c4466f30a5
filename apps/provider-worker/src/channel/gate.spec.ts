import { Gate } from './gate.js';
import { InHand } from './in-hand.js';

/** Work that ends when it is told to. */
function held() {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  return { work: () => promise, resolve, reject };
}

it('lets so many in, the others in order, and goes on after a failure', async () => {
  const gate = new Gate(1);
  const first = held();
  const order: string[] = [];
  const running = gate.run(first.work).catch(() => order.push('first failed'));
  const second = gate.run(() => Promise.resolve(order.push('second')));
  const third = gate.run(() => Promise.resolve(order.push('third')));
  await Promise.resolve();
  expect(order).toEqual([]);

  first.reject(new Error('broken'));
  await Promise.all([running, second, third]);

  expect(order).toEqual(['second', 'first failed', 'third']);
  expect(await gate.run(() => Promise.resolve('free again'))).toBe('free again');
});

it('never has more inside than it is wide', async () => {
  const gate = new Gate(3);
  let inside = 0;
  let most = 0;
  await Promise.all(
    Array.from({ length: 50 }, () =>
      gate.run(async () => {
        most = Math.max(most, (inside += 1));
        await new Promise((resolve) => setImmediate(resolve));
        inside -= 1;
      }),
    ),
  );
  expect(most).toBe(3);
});

it('hands back what has waited too long, and keeps its place free', async () => {
  const gate = new Gate(1, 20);
  const first = held();
  const running = gate.run(first.work);

  await expect(gate.run(() => Promise.resolve('second'))).rejects.toMatchObject({
    code: 'overloaded',
    retryable: true,
  });
  const third = gate.run(() => Promise.resolve('third'));
  first.resolve('first');

  expect(await Promise.all([running, third])).toEqual(['first', 'third']);
  expect(await gate.run(() => Promise.resolve('free again'))).toBe('free again');
});

it('an attempt that is in hand is not taken again', async () => {
  const inHand = new InHand();
  const first = held();
  const running = inHand.once('a', first.work);

  expect(await inHand.once('a', () => Promise.resolve('again'))).toBeUndefined();
  expect(await inHand.once('b', () => Promise.resolve('another'))).toBe('another');
  first.resolve('done');
  expect(await running).toBe('done');
  expect(await inHand.once('a', () => Promise.resolve('later'))).toBe('later');
});
