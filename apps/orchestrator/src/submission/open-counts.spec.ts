import { OpenCounts } from './open-counts.js';

const limits = new Map([['acc', 10]]);
const counted = (open: number, most = 10): OpenCounts => {
  const counts = new OpenCounts();
  counts.learn(new Map([['acc', open]]), new Map([['acc', most]]), 0);
  return counts;
};

describe('open counts', () => {
  it('are believed for a second, below half of the limit', () => {
    expect(new OpenCounts().toCount(limits, 0)).toEqual(limits);
    const counts = counted(3);
    expect(counts.toCount(limits, 999).size).toBe(0);
    expect(counts.toCount(limits, 1_000)).toEqual(limits);
  });

  it('are believed for longer far below it', () => {
    const counts = counted(0);
    expect(counts.toCount(limits, 9_999).size).toBe(0);
    expect(counts.toCount(limits, 10_000)).toEqual(limits);
  });

  it('rise with what is admitted, and then are counted again', () => {
    const counts = counted(4);
    expect(counts.toCount(limits, 0).size).toBe(0);
    counts.admitted('acc');
    expect(counts.of(['acc']).get('acc')).toBe(5);
    expect(counts.toCount(limits, 0)).toEqual(limits);
  });

  it('of a small limit are always exact', () => {
    expect(counted(1, 2).toCount(new Map([['acc', 2]]), 0).size).toBe(1);
  });

  it('that stopped at one limit say nothing about a higher one', () => {
    const counts = counted(3, 3);
    expect(counts.toCount(new Map([['acc', 100]]), 0).size).toBe(1);
  });

  it('of too many owners are forgotten before they are asked for, so that nobody counts as empty', () => {
    const counts = counted(3);
    const others = new Map(Array.from({ length: 10_001 }, (_, index) => [`acc_${index}`, 1]));
    counts.learn(others, others, 0);
    expect(counts.of(['acc']).get('acc')).toBe(3);
    expect(counts.toCount(limits, 0)).toEqual(limits);
  });
});
