import { periodically } from './periodically.js';

describe('periodically', () => {
  it('goes on after a failure, one at a time, until it is told to stop', async () => {
    const stop = new AbortController();
    const failures: unknown[] = [];
    let times = 0;
    let inFlight = 0;
    await periodically({ everyMs: 1, signal: stop.signal, failed: (error) => failures.push(error) }, async () => {
      inFlight += 1;
      expect(inFlight).toBe(1);
      await Promise.resolve();
      inFlight -= 1;
      times += 1;
      if (times === 5) stop.abort();
      if (times % 2 === 0) throw new Error(`no. ${times}`);
    });
    expect(times).toBe(5);
    expect(failures).toHaveLength(2);
  });

  it('does not keep a stopping service waiting for its rest', async () => {
    const stop = new AbortController();
    const ended = periodically({ everyMs: 3_600_000, signal: stop.signal, failed: () => undefined }, () =>
      Promise.reject(new Error('never')),
    );
    stop.abort();
    await expect(ended).resolves.toBeUndefined();
  });
});
