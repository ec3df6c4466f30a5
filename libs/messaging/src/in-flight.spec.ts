import { InFlight } from './in-flight.js';

describe('InFlight', () => {
  it('is idle once all has settled, well or badly', async () => {
    const inFlight = new InFlight();
    const [good, bad] = [Promise.withResolvers<number>(), Promise.withResolvers<number>()];
    const results = Promise.allSettled([inFlight.track(good.promise), inFlight.track(bad.promise)]);
    let idle = false;
    const waiting = inFlight.idle().then(() => (idle = true));
    good.resolve(1);
    await good.promise;
    await Promise.resolve();
    expect(idle).toBe(false);
    bad.reject(new Error('broken'));
    await waiting;
    expect((await results).map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(inFlight.size).toBe(0);
  });

  it('lets the next one in when one leaves', async () => {
    const inFlight = new InFlight();
    const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    void inFlight.track(first.promise);
    void inFlight.track(second.promise);
    let admitted = false;
    const waiting = inFlight.below(2).then(() => (admitted = true));
    await Promise.resolve();
    expect(admitted).toBe(false);
    second.resolve();
    await waiting;
    expect(inFlight.size).toBe(1);
    first.resolve();
  });
});
