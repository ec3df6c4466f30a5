import { Bell } from './bell.js';

const within = (rest: Promise<void>, ms: number) =>
  Promise.race([rest.then(() => 'ended'), new Promise((resolve) => setTimeout(() => resolve('rests'), ms))]);

describe('Bell', () => {
  it('ends a rest, also one that begins after it rang', async () => {
    const bell = new Bell();
    const rest = bell.rest(60_000);
    bell.ring();
    expect(await within(rest, 1_000)).toBe('ended');
    bell.ring();
    expect(await within(bell.rest(60_000), 1_000)).toBe('ended');
  });

  it('rings once for many times', async () => {
    const bell = new Bell();
    bell.ring();
    bell.ring();
    await bell.rest(60_000);
    const rest = bell.rest(100);
    expect(await within(rest, 20)).toBe('rests');
    await rest;
  });
});
