import { type ErrorCode } from '@videoapi/contracts';
import { z } from 'zod';

/** Of every call that asks for a video, made or only priced. */
export const estimateRefusals = [
  'invalid_field',
  'model_not_found',
  'model_disabled',
  'model_retired',
  'no_provider_configured',
  'no_price',
  'asset_index_out_of_range',
] as const satisfies readonly ErrorCode[];

/** Of every call that makes a task, in whatever dialect. */
export const submitRefusals = [
  ...estimateRefusals,
  'insufficient_credits',
  'max_credits_exceeded',
  'asset_not_found',
  'asset_blocked',
  'asset_unreachable',
  'asset_too_large',
  'asset_mismatch',
  'idempotency_in_progress',
  'idempotency_key_reused',
  'concurrency_limited',
  'queue_full',
] as const satisfies readonly ErrorCode[];

/** What such a call may be sent with. */
export const submitHeaders = z.object({
  'idempotency-key': z
    .string()
    .regex(/^[\x20-\x7e]{1,255}$/)
    .optional()
    .describe('The same key with the same request, within 24 hours, means the same task.'),
});

/** What its answer may come with. */
export const submittedHeaders = z.object({
  'idempotent-replayed': z.literal('true').optional().describe('The answer of the first request with this key.'),
});
