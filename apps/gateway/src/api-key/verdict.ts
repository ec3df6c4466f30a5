import { AppError } from '@videoapi/contracts';
import { type Caller } from './caller.js';
import { type KeyRow } from './api-key.store.js';
import { isScope } from './scope.js';

export interface CallerDefaults {
  readonly requestsPerMinute: number;
  readonly maxQueued: number;
}

/** The caller that a known key stands for. Throws the 401 that says why it stands for nobody any more. */
export function callerOf(row: KeyRow, defaults: CallerDefaults, now: Date): Caller {
  if (row.revoked_at !== null) throw new AppError('api_key_revoked', 'This API key was revoked.');
  if (row.expires_at !== null && row.expires_at <= now) {
    throw new AppError('api_key_expired', 'This API key has expired.');
  }
  if (row.account_status === 'disabled') throw new AppError('account_disabled', 'This account is disabled.');
  return {
    keyId: row.id,
    accountId: row.account_id,
    mode: row.mode,
    dialect: row.dialect,
    scopes: new Set(row.scopes.filter(isScope)),
    requestsPerMinute: row.requests_per_minute ?? row.account_requests_per_minute ?? defaults.requestsPerMinute,
    maxQueued: row.max_queued ?? defaults.maxQueued,
    maxConcurrent: row.account_max_concurrent,
    keyLimits: { requestsPerMinute: row.requests_per_minute, maxConcurrent: row.max_concurrent },
  };
}
