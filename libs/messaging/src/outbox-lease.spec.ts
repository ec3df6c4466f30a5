import fc from 'fast-check';
import { type ShardLease, shardCount, shardsToTake } from './outbox-lease.js';

function leases(holders: readonly (string | undefined)[]): ShardLease[] {
  return holders.map((holder, shard) => ({ shard, epoch: '0', holder }));
}

/** Every relay renews in turn, until nothing moves. */
function settle(start: readonly (string | undefined)[], relays: readonly string[]): (string | undefined)[] {
  const holders = [...start];
  for (let round = 0; round < 20; round += 1) {
    for (const relay of relays) for (const { shard } of shardsToTake(leases(holders), relay)) holders[shard] = relay;
  }
  return holders;
}

describe('shardsToTake', () => {
  it('takes everything when alone', () => {
    expect(shardsToTake(leases(Array.from({ length: shardCount }, () => undefined)), 'me')).toHaveLength(shardCount);
  });

  it('takes half from the one that has all', () => {
    expect(shardsToTake(leases(Array.from({ length: shardCount }, () => 'other')), 'me')).toHaveLength(8);
  });

  it('leaves free shards beyond its share to the others', () => {
    const holders = [...Array.from({ length: 4 }, () => 'other'), ...Array.from({ length: 12 }, () => undefined)];
    expect(shardsToTake(leases(holders), 'me')).toHaveLength(8);
  });

  it('stays calm once shares differ by one at most', () => {
    const holders = ['me', 'me', 'a', 'a', 'a', 'b', 'b', 'b'];
    expect(shardsToTake(leases(holders), 'me')).toEqual([]);
  });

  it('always ends with every shard held, shares within one of each other, and nothing left to do', () => {
    const relays = fc.integer({ min: 1, max: 6 }).map((count) => Array.from({ length: count }, (_, n) => `r${n}`));
    const start = fc.array(fc.constantFrom('r0', 'r1', 'r2', undefined), {
      minLength: shardCount,
      maxLength: shardCount,
    });
    fc.assert(
      fc.property(relays, start, (live, before) => {
        // A relay that died is one whose lease has run out: nobody's.
        const holders = settle(
          before.map((holder) => (holder !== undefined && live.includes(holder) ? holder : undefined)),
          live,
        );
        const shares = live.map((relay) => holders.filter((holder) => holder === relay).length);
        expect(holders).not.toContain(undefined);
        expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
        for (const relay of live) expect(shardsToTake(leases(holders), relay)).toEqual([]);
      }),
    );
  });
});
