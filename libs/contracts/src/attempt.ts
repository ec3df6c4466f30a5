import { z } from 'zod';
import { resolvedRequest } from './task.js';

/** Where a worker calls: sent with every job, so that a worker needs no table. Credentials are references or sealed, never secrets. */
export const channelTarget = z.object({
  id: z.string(),
  provider: z.string(),
  baseUrl: z.url(),
  credentials: z.record(z.string(), z.string()),
  options: z.record(z.string(), z.unknown()).default({}),
});
export type ChannelTarget = z.output<typeof channelTarget>;

/** What an adapter needs to find its upstream task again. Opaque to everybody else, but for `renderOf`; plain JSON. */
export const handle = z.record(z.string(), z.unknown());
export type Handle = z.output<typeof handle>;

/**
 * What the provider calls the render of a handle: the last part of its `id`, which every adapter that adopts must have. In
 * lower case: a provider may take a UUID in either.
 */
export function renderOf({ id }: Handle): string | undefined {
  return typeof id === 'string' ? id.slice(id.lastIndexOf('/') + 1).toLowerCase() : undefined;
}

/** A provider's own name for a render, as its callback says it. It will stand in a path, so it is one word and no more. */
export const upstreamId = z.string().regex(/^\w[\w.:~=+-]{0,199}$/);

/**
 * `url`: uploads fetches it. `uploaded`: the download needed the channel's key, so the worker has already put the bytes
 * under a staging key of ours; credentials never travel over NATS.
 */
export const resultSource = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('url'), url: z.url() }),
  z.object({ kind: z.literal('uploaded'), key: z.string().startsWith('staging/') }),
]);
export type ResultSource = z.output<typeof resultSource>;

export const providerUsage = z.object({ tokens: z.int().positive().optional(), cost: z.string().optional() });

/** Why a provider ended it or would not start it. The code carries the billing meaning and whether another route may try. */
export const failureCodes = [
  'content_rejected',
  'invalid_request',
  'rate_limited',
  'provider_unavailable',
  'provider_error',
  'channel_balance',
  'channel_credentials',
  'cancelled',
  'expired',
] as const;
export type FailureCode = (typeof failureCodes)[number];
export const failure = z.object({
  code: z.enum(failureCodes),
  /** The provider's own words, redacted. */
  message: z.string().max(2000),
  retryAfterMs: z.int().nonnegative().optional(),
});
export type Failure = z.output<typeof failure>;

/**
 * A provider's reply to "how is it going", as a closed union. `unreadable` changes nothing and never fails a task; a
 * status word nobody knows is `running` with `unknownStatus` set, which raises an alarm.
 */
export const observation = z.discriminatedUnion('state', [
  z.object({ state: z.literal('queued') }),
  z.object({
    state: z.literal('running'),
    progress: z.int().min(0).max(100).optional(),
    unknownStatus: z.string().optional(),
  }),
  z.object({ state: z.literal('succeeded'), outputs: z.array(resultSource).min(1), usage: providerUsage.default({}) }),
  z.object({ state: z.literal('failed'), failure }),
  z.object({ state: z.literal('gone') }),
  z.object({
    state: z.literal('unreadable'),
    reason: z.string().max(500),
    /** The channel's key is not valid: whoever looks next will be told the same. */
    channel: z.literal('credentials').exactOptional(),
  }),
]);
export type Observation = z.output<typeof observation>;

/** Names an attempt and the permit under which a report was made; an old epoch is stored as a late fact, never applied. */
export const attemptRef = z.object({ attemptId: z.uuid(), taskId: z.string(), epoch: z.int().nonnegative() });
export type AttemptRef = z.output<typeof attemptRef>;

export const submitOrder = z.object({
  attemptId: z.uuid(),
  taskId: z.string(),
  accountId: z.string(),
  channel: channelTarget,
  upstreamModel: z.string(),
  request: resolvedRequest,
  /** Where the provider may call back; the last path segment is the capability token. */
  callbackUrl: z.url().nullable(),
  deadlineAt: z.iso.datetime({ offset: true }),
});
export type SubmitOrder = z.output<typeof submitOrder>;

export const pollOrder = z.object({
  channel: channelTarget,
  polls: z
    .array(
      attemptRef.extend({
        handle,
        /** Rises with every look; part of the event id. */ look: z.int().nonnegative(),
        last: observation.nullable(),
      }),
    )
    .min(1)
    .max(50),
});
export type PollOrder = z.output<typeof pollOrder>;

/** Is the render that a callback named there? Then it is this attempt's, whose own answer was lost. */
export const adoptOrder = attemptRef.extend({ channel: channelTarget, upstreamModel: z.string(), upstreamId });
export type AdoptOrder = z.output<typeof adoptOrder>;

export const cancelOrder = attemptRef.extend({ channel: channelTarget, handle });
export type CancelOrder = z.output<typeof cancelOrder>;
