import { Bell } from './bell.js';

/** Tells whether it has ended by the time that everything which can go on by itself has done so. */
async function isOver(rest: Promise<void>): Promise<boolean> {
  let hasEnded = false;
  void rest.then(() => (hasEnded = true));
  await new Promise((resolve) => setImmediate(resolve));
  return hasEnded;
}

describe('Bell', () => {
  it('ends a rest, also one that begins after it rang', async () => {
    const bell = new Bell();
    const rest = bell.rest(60_000);
    bell.ring();
    expect(await isOver(rest)).toBe(true);
    bell.ring();
    expect(await isOver(bell.rest(60_000))).toBe(true);
  });

  it('rings once for many times', async () => {
    const bell = new Bell();
    bell.ring();
    bell.ring();
    await bell.rest(60_000);
    const rest = bell.rest(60_000);
    expect(await isOver(rest)).toBe(false);
    bell.ring();
    await rest;
  });
});
