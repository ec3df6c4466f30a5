import { callerOf } from './verdict.js';
import { type KeyRow } from './api-key.store.js';

const now = new Date('2026-07-01T00:00:00Z');
const row: KeyRow = {
  id: 'abcdefghij',
  account_id: 'acc_1',
  mode: 'live',
  dialect: 'openai',
  scopes: ['tasks:read', 'from a later version'],
  hash: Buffer.alloc(32),
  expires_at: null,
  revoked_at: null,
  account_status: 'active',
  requests_per_minute: null,
  max_concurrent: 3,
  account_requests_per_minute: null,
  account_max_concurrent: null,
  max_queued: 7,
};
const defaults = { requestsPerMinute: 600, maxQueued: 10 };

it('is a caller with the limits of its own, or the defaults', () => {
  expect(callerOf(row, defaults, now)).toEqual({
    keyId: 'abcdefghij',
    accountId: 'acc_1',
    mode: 'live',
    dialect: 'openai',
    scopes: new Set(['tasks:read']),
    requestsPerMinute: 600,
    maxQueued: 7,
    maxConcurrent: null,
    keyLimits: { requestsPerMinute: null, maxConcurrent: 3 },
  });
});

it("has its account's limits beside its own, and sends requests at its own rate before its account's", () => {
  const limits = { account_requests_per_minute: 60, account_max_concurrent: 5 };
  expect(callerOf({ ...row, ...limits }, defaults, now)).toMatchObject({ requestsPerMinute: 60, maxConcurrent: 5 });
  expect(callerOf({ ...row, ...limits, requests_per_minute: 90, max_concurrent: 8 }, defaults, now)).toMatchObject({
    requestsPerMinute: 90,
    maxConcurrent: 5,
    keyLimits: { requestsPerMinute: 90, maxConcurrent: 8 },
  });
});

it.each<[Partial<KeyRow>, string]>([
  [{ revoked_at: now }, 'api_key_revoked'],
  [{ expires_at: now }, 'api_key_expired'],
  [{ account_status: 'disabled' }, 'account_disabled'],
  [{ revoked_at: now, account_status: 'disabled' }, 'api_key_revoked'],
])('%j is nobody: %s', (change, code) => {
  expect(() => callerOf({ ...row, ...change }, defaults, now)).toThrow(expect.objectContaining({ code, status: 401 }));
});

it('is still somebody a moment before it expires', () => {
  expect(callerOf({ ...row, expires_at: new Date(now.getTime() + 1) }, defaults, now).keyId).toBe(row.id);
});
