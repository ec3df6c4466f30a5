import { Wakeup } from './wakeup.js';

async function took(rest: Promise<void>): Promise<number> {
  const begun = performance.now();
  await rest;
  return performance.now() - begun;
}

describe('Wakeup', () => {
  it('rests to the end when nobody wakes it', async () => {
    expect(await took(new Wakeup().rest(30))).toBeGreaterThanOrEqual(25);
  });

  it('is woken', async () => {
    const wakeup = new Wakeup();
    const resting = took(wakeup.rest(5_000));
    wakeup.wake();
    expect(await resting).toBeLessThan(1_000);
    expect(await took(wakeup.rest(30))).toBeGreaterThanOrEqual(25);
  });

  it('does not miss a call that came before it lay down', async () => {
    const wakeup = new Wakeup();
    wakeup.wake();
    expect(await took(wakeup.rest(5_000))).toBeLessThan(1_000);
  });

  it('sleeps through a call when deaf, and hears it afterwards', async () => {
    const wakeup = new Wakeup();
    const resting = took(wakeup.rest(30, 'deaf'));
    wakeup.wake();
    expect(await resting).toBeGreaterThanOrEqual(25);
    expect(await took(wakeup.rest(5_000))).toBeLessThan(1_000);
  });
});
