import { pageOf } from './page.js';

const entry = (id: number, letters = 10) => ({ id, text: 'é'.repeat(letters) });
const ids = (page: { tasks: { id: number }[] }) => page.tasks.map(({ id }) => id);

it('is what was asked for, and tells whether more follow', () => {
  const found = [entry(1), entry(2), entry(3)];
  expect(pageOf(found, 3)).toEqual({ tasks: found, hasMore: false });
  expect(pageOf(found, 2)).toEqual({ tasks: found.slice(0, 2), hasMore: true });
  expect(pageOf([], 2)).toEqual({ tasks: [], hasMore: false });
});

it('ends where one answer is full, in bytes', () => {
  const page = pageOf([entry(1, 200_000), entry(2, 200_000), entry(3, 200_000)], 3);
  expect([ids(page), page.hasMore]).toEqual([[1, 2], true]);
});

it('is never empty while there is something', () => {
  expect(ids(pageOf([entry(1, 600_000), entry(2)], 2))).toEqual([1]);
});
