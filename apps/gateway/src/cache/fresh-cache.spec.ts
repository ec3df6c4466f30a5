import { FreshCache } from './fresh-cache.js';

function cacheOf(load: (key: string) => Promise<{ value: number }>, ttlMs = 60_000) {
  return new FreshCache({ max: 10, load, ttlMs: () => ttlMs });
}

it('loads once for everybody who asks meanwhile, and then not at all', async () => {
  let loads = 0;
  const cache = cacheOf(async () => ({ value: (loads += 1) }));
  const answers = await Promise.all([cache.get('a'), cache.get('a'), cache.get('a')]);
  expect([answers.map(({ value }) => value), cache.get('a')]).toEqual([[1, 1, 1], { value: 1 }]);
});

it('does not keep what was loaded before it was told to forget', async () => {
  for (const forget of ['forget', 'forgetWhere'] as const) {
    const answers = [Promise.withResolvers<{ value: number }>(), Promise.withResolvers<{ value: number }>()];
    let loads = 0;
    const cache = cacheOf(() => answers[loads++]?.promise ?? Promise.reject(new Error('asked too often')));
    const before = cache.get('a');
    if (forget === 'forget') cache.forget('a');
    else cache.forgetWhere(() => false);
    const after = cache.get('a');
    answers[0]?.resolve({ value: 0 });
    expect(await before).toEqual({ value: 0 });
    answers[1]?.resolve({ value: 1 });
    expect([await after, cache.get('a')]).toEqual([{ value: 1 }, { value: 1 }]);
  }
});

it('forgets what is stale and keeps the rest', async () => {
  let loads = 0;
  const cache = cacheOf(async () => ({ value: (loads += 1) }));
  await cache.get('a');
  await cache.get('b');
  cache.forgetWhere(({ value }) => value === 1);
  expect([await cache.get('a'), cache.get('b')]).toEqual([{ value: 3 }, { value: 2 }]);
});

it('does not remember a failure', async () => {
  let loads = 0;
  const cache = cacheOf(async () => {
    loads += 1;
    if (loads === 1) throw new Error('away');
    return { value: loads };
  });
  await expect(cache.get('a')).rejects.toThrow('away');
  expect(await cache.get('a')).toEqual({ value: 2 });
});
