import { Parking } from './parking.js';

describe('Parking', () => {
  it('leaves a key alone for 250 ms, then twice as long each time, 30 s at most', () => {
    const parking = new Parking();
    let now = 0;
    const waits = Array.from({ length: 9 }, () => {
      parking.park('key', now, 0);
      const begun = now;
      while (parking.parked(now).length > 0) now += 250;
      return now - begun;
    });
    expect(waits).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  });

  it('starts over after a success', () => {
    const parking = new Parking();
    parking.park('key', 0, 0);
    parking.park('key', 0, 0);
    parking.release('key');
    expect(parking.parked(0)).toEqual([]);
    parking.park('key', 0, 0);
    expect(parking.parked(250)).toEqual([]);
  });

  it('knows how long the oldest row has waited, and forgets a key that never comes up again', () => {
    const parking = new Parking();
    parking.park('old', 10_000, 4_000);
    parking.park('new', 10_000, 100);
    expect(parking.oldestAgeMs(11_000)).toBe(5_000);
    expect(parking.parked(80_000)).toEqual([]);
    expect(parking.oldestAgeMs(80_000)).toBe(0);
  });
});
