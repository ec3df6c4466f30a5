import { newId, newUuid } from './id.js';

describe('newId', () => {
  it('sorts by time, byte by byte', () => {
    const ids = [1_700_000_000_000, 1_700_000_000_001, 1_800_000_000_000].map((now) => newId('msg', now));
    expect(ids.toSorted()).toEqual(ids);
    expect(new Set(Array.from({ length: 1_000 }, () => newId('dlv', 1))).size).toBe(1_000);
  });

  it('has one length and only letters and digits', () => {
    for (const now of [0, 1_700_000_000_000, 2 ** 48 - 1]) expect(newId('ep', now)).toMatch(/^ep_[0-9A-Za-z]{22}$/);
  });
});

it('newUuid is of version 7', () => {
  expect(newUuid(1_700_000_000_000)).toMatch(/^018bcfe5-6800-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
