import { OpenCounts } from './open-counts.js';

const limits = new Map([['acc', 10]]);

describe('open counts', () => {
  it('are believed for a second, below half of the limit', () => {
    const counts = new OpenCounts();
    expect(counts.toCount(limits, 0)).toEqual(limits);
    counts.learn(new Map([['acc', 3]]), 0);
    expect(counts.toCount(limits, 999).size).toBe(0);
    expect(counts.toCount(limits, 1_000)).toEqual(limits);
  });

  it('are believed for longer far below it', () => {
    const counts = new OpenCounts();
    counts.learn(new Map([['acc', 0]]), 0);
    expect(counts.toCount(limits, 9_999).size).toBe(0);
    expect(counts.toCount(limits, 10_000)).toEqual(limits);
  });

  it('rise with what is admitted, and then are counted again', () => {
    const counts = new OpenCounts();
    counts.learn(new Map([['acc', 4]]), 0);
    expect(counts.toCount(limits, 0).size).toBe(0);
    counts.admitted('acc');
    expect(counts.of(['acc']).get('acc')).toBe(5);
    expect(counts.toCount(limits, 0)).toEqual(limits);
  });

  it('of a small limit are always exact', () => {
    const counts = new OpenCounts();
    counts.learn(new Map([['acc', 1]]), 0);
    expect(counts.toCount(new Map([['acc', 2]]), 0).size).toBe(1);
  });
});
