import { type Failure, type FailureCode, type TaskError } from '@videoapi/contracts';
import { type ChannelOutcome, type Context, type Decision, type Effect } from './decision.js';
import { fail, returnSlot } from './ending.js';
import { type AttemptRecord, type TaskRecord } from './task.js';
import { nextRoundAt } from './timing.js';

/** What a failure says about the channel, whether another route may try, and what the customer reads if none may. */
interface Meaning {
  readonly channel: ChannelOutcome;
  readonly elsewhere: boolean;
  /** Trying the same channels again later may work. */
  readonly passes: boolean;
  readonly code: TaskError['code'];
}

const meanings = {
  content_rejected: { channel: 'ok', elsewhere: false, passes: false, code: 'content_rejected' },
  invalid_request: { channel: 'ok', elsewhere: false, passes: false, code: 'invalid_request' },
  rate_limited: { channel: 'rate_limited', elsewhere: true, passes: true, code: 'provider_unavailable' },
  provider_unavailable: { channel: 'fault', elsewhere: true, passes: true, code: 'provider_unavailable' },
  provider_error: { channel: 'ok', elsewhere: true, passes: false, code: 'provider_error' },
  channel_balance: { channel: 'balance', elsewhere: true, passes: false, code: 'provider_unavailable' },
  channel_credentials: { channel: 'credentials', elsewhere: true, passes: false, code: 'provider_unavailable' },
  cancelled: { channel: 'ok', elsewhere: false, passes: false, code: 'provider_error' },
  expired: { channel: 'ok', elsewhere: true, passes: false, code: 'provider_error' },
} as const satisfies Record<FailureCode, Meaning>;

/** An attempt has ended without a result: the next route, a later round, or the end with everything given back. */
export function failOrMoveOn(
  task: TaskRecord,
  attempt: AttemptRecord,
  { failure, wasAccepted }: { failure: Failure; wasAccepted: boolean },
  context: Context,
): Decision {
  const meaning: Meaning = meanings[failure.code];
  const end = { state: wasAccepted ? 'failed' : 'refused', failure, endedAt: context.now } as const;
  const report: Effect = {
    kind: 'report_channel',
    channelId: attempt.channelId,
    outcome: meaning.channel,
    retryAfterMs: failure.retryAfterMs,
  };
  const mayMoveOn = meaning.elsewhere && (!wasAccepted || context.route.failoverAfterAcceptance);
  const isWanted = task.cancelRequestedAt === null && context.now < task.deadlineAt;
  const tried = [...new Set([...task.triedChannels, attempt.channelId])];
  const isAnyLeft = context.channels.some((channel) => !tried.includes(channel));
  const mayRecover = task.mayRecover || (meaning.passes && !wasAccepted);
  if (!isWanted || !mayMoveOn || (!isAnyLeft && !mayRecover)) {
    const failing = fail(task, errorOf(task, failure, meaning), context, end);
    return { ...failing, effects: [report, ...failing.effects] };
  }
  const waiting = {
    ...task,
    triedChannels: tried,
    mayRecover,
    // After hours of rendering the old queue deadline would end it at once.
    ...(wasAccepted && { queuedAt: context.now }),
  };
  return {
    type: 'requeued',
    change: {
      state: 'queued',
      attemptId: null,
      triedChannels: tried,
      mayRecover,
      ...(wasAccepted && { queuedAt: context.now }),
    },
    attempt: { id: attempt.id, change: end },
    ...(!isAnyLeft && { wakeAt: nextRoundAt(waiting, context.now, context.random, failure.retryAfterMs) }),
    poll: null,
    effects: [report, ...returnSlot(attempt), ...(isAnyLeft ? [{ kind: 'enqueue' } as const] : [])],
  };
}

function errorOf(task: TaskRecord, failure: Failure, meaning: Meaning): TaskError {
  if (task.cancelRequestedAt !== null) return { code: 'cancelled', message: 'Cancelled on request.' };
  // What a provider says about its own accounts and outages is our affair, not the customer's.
  const isForCustomer = meaning.code !== 'provider_unavailable';
  return { code: meaning.code, message: isForCustomer ? failure.message : 'No provider could take the task.' };
}
