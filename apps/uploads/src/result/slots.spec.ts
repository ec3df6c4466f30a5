import { setImmediate as turn } from 'node:timers/promises';
import { Slots } from './slots.js';

describe('Slots', () => {
  it('lets so many run, the rest in order, and survives failures', async () => {
    const slots = new Slots(2);
    const open: (() => void)[] = [];
    const started: number[] = [];
    const runs = [0, 1, 2, 3].map((index) =>
      slots.run(async () => {
        started.push(index);
        await new Promise<void>((resolve) => open.push(resolve));
        if (index === 0) throw new Error('no');
        return index;
      }),
    );
    const outcome = Promise.allSettled(runs);
    await turn();
    expect([started, slots.waiting]).toEqual([[0, 1], 2]);
    open[0]?.();
    await turn();
    expect([started, slots.waiting]).toEqual([[0, 1, 2], 1]);
    open[1]?.();
    await turn();
    open[2]?.();
    open[3]?.();
    expect((await outcome).map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled', 'fulfilled']);
    expect(await slots.run(() => Promise.resolve('free again'))).toBe('free again');
  });
});
