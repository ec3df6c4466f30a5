import { readListQuery } from './query.js';

it('puts the query into canonical words', () => {
  const query = {
    status: 'failed',
    end_user_id: 'u',
    created_after: '2026-01-01T00:00:00Z',
    limit: '5',
    'metadata[shot]': '7',
    'metadata[__proto__]': 'x',
    unknown: 'ignored',
  };
  expect(readListQuery(query, 'acc_1')).toEqual({
    accountId: 'acc_1',
    status: 'failed',
    endUserId: 'u',
    createdAfter: '2026-01-01T00:00:00Z',
    createdBefore: undefined,
    order: 'desc',
    limit: 5,
    metadata: Object.fromEntries([
      ['shot', '7'],
      ['__proto__', 'x'],
    ]),
  });
});

it('has defaults', () => {
  expect(readListQuery({}, 'acc_1')).toEqual({ accountId: 'acc_1', order: 'desc', limit: 20 });
});

it.each([
  [{ limit: 'all' }, 'limit'],
  [{ order: 'random' }, 'order'],
  [{ model: ['a', 'b'] }, 'model'],
  [{ 'metadata[a]': '\0' }, 'metadata[a]'],
])('refuses %j', (query, param) => {
  expect(() => readListQuery(query, 'acc_1')).toThrow(expect.objectContaining({ code: 'invalid_field', param }));
});
