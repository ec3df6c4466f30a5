import { z } from 'zod';
import { type ListedKeyRow } from './api-key.store.js';
import { type KeyRequest } from './api-keys.js';
import { type KeyLimits } from './caller.js';
import { keyPrefix } from './key-format.js';
import { defaultScopes, keyDialects, scopes } from './scope.js';

const requestsPerMinute = z.int().min(1).max(10_000_000).nullable();
const maxConcurrent = z
  .int()
  .min(1)
  .max(10_000_000)
  .nullable()
  .describe('Unfinished tasks of this key at once. Null: only the limits of the account hold.');

export const createKeyBody = z
  .object({
    name: z.string().min(1).max(200),
    mode: z.enum(['live', 'test']).default('live'),
    dialect: z.enum(keyDialects).default('openai').describe('What the key speaks on `/v1/videos`.'),
    scopes: z
      .array(z.enum(scopes))
      .min(1)
      .max(scopes.length)
      .default([...defaultScopes]),
    expires_in_days: z.int().min(1).max(3650).default(365),
    requests_per_minute: requestsPerMinute.default(null),
    max_concurrent: maxConcurrent.default(null),
  })
  .meta({ id: 'CreateApiKey' });

export const changeKeyBody = z
  .object({ requests_per_minute: requestsPerMinute.optional(), max_concurrent: maxConcurrent.optional() })
  .meta({ id: 'ChangeApiKey' });

export const rotateKeyBody = z
  .object({ overlap_seconds: z.int().min(0).max(604_800).default(86_400).describe('How long the old key goes on.') })
  .meta({ id: 'RotateApiKey' })
  .prefault({});

const time = z.iso.datetime({ offset: true });

export const apiKey = z
  .object({
    id: z.string(),
    name: z.string(),
    prefix: z.string(),
    last_four: z.string(),
    mode: z.enum(['live', 'test']),
    dialect: z.enum(keyDialects),
    scopes: z.array(z.string()),
    status: z.enum(['active', 'revoked', 'expired']),
    requests_per_minute: z.int().nullable(),
    max_concurrent: z.int().nullable(),
    created_at: time,
    expires_at: time.nullable(),
    revoked_at: time.nullable(),
    last_used_at: time.nullable(),
  })
  .meta({ id: 'ApiKey' });

export const apiKeyList = z.object({ object: z.literal('list'), data: z.array(apiKey) }).meta({ id: 'ApiKeyList' });

export const madeApiKey = apiKey
  .extend({ key: z.string().describe('Shown here and never again.') })
  .meta({ id: 'CreatedApiKey' });

export function toKeyRequest(body: z.output<typeof createKeyBody>): KeyRequest {
  const { name, mode, dialect, expires_in_days, requests_per_minute, max_concurrent } = body;
  return {
    name,
    mode,
    dialect,
    scopes: [...new Set(body.scopes)],
    expiresInDays: expires_in_days,
    limits: { requestsPerMinute: requests_per_minute, maxConcurrent: max_concurrent },
  };
}

/** What is not named stays as it is. */
export function toKeyChange({
  requests_per_minute,
  max_concurrent,
}: z.output<typeof changeKeyBody>): Partial<KeyLimits> {
  return {
    ...(requests_per_minute !== undefined && { requestsPerMinute: requests_per_minute }),
    ...(max_concurrent !== undefined && { maxConcurrent: max_concurrent }),
  };
}

/** A key as every answer shows it: never what could be used. */
export function fromKey(row: ListedKeyRow, now = new Date()): z.output<typeof apiKey> {
  return {
    id: row.id,
    name: row.name,
    prefix: keyPrefix(row.mode, row.id),
    last_four: row.last_four,
    mode: row.mode,
    dialect: row.dialect,
    scopes: [...row.scopes],
    status: statusOf(row, now),
    requests_per_minute: row.requests_per_minute,
    max_concurrent: row.max_concurrent,
    created_at: row.created_at.toISOString(),
    expires_at: row.expires_at?.toISOString() ?? null,
    revoked_at: row.revoked_at?.toISOString() ?? null,
    last_used_at: row.last_used_at?.toISOString() ?? null,
  };
}

function statusOf(row: ListedKeyRow, now: Date): z.output<typeof apiKey>['status'] {
  if (row.revoked_at !== null) return 'revoked';
  return row.expires_at !== null && row.expires_at <= now ? 'expired' : 'active';
}
