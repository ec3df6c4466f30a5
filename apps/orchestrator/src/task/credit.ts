import { type Quote } from '@videoapi/contracts';
import { type Context, type Decision, nothing } from './decision.js';
import { fail, finish } from './ending.js';
import { type TaskObservation } from './observation.js';
import { type TaskRecord } from './task.js';

type Of<Kind extends TaskObservation['kind']> = Extract<TaskObservation, { kind: Kind }>;

/** Credits are reserved (test mode: none are): from here on the task reaches a terminal state, whatever dies. */
export function holdPlaced(task: TaskRecord, quote: Quote | null, context: Context): Decision {
  if (task.state !== 'reserving') return nothing;
  const change = { quote, creditsReserved: quote?.credits ?? '0', queuedAt: context.now };
  const reserved = { ...task, ...change };
  if (task.cancelRequestedAt !== null) {
    const failing = fail(reserved, { code: 'cancelled', message: 'Cancelled before it started.' }, context);
    return { ...failing, change: { ...failing.change, ...change } };
  }
  return {
    type: 'queued',
    change: { ...change, state: 'queued' },
    effects: [{ kind: 'announce', fact: 'queued' }, { kind: 'enqueue' }],
  };
}

/** Nobody knows whether there is a hold. The release finds out: without one it leaves a tombstone under this id. */
export function abandonReservation(task: TaskRecord, context: Context): Decision {
  if (task.state !== 'reserving') return nothing;
  return fail(task, { code: 'internal_error', message: 'Credits could not be reserved.' }, context);
}

/** Probed and in our bucket. Only now is it known what the customer gets, and so what it costs. */
export function stored(task: TaskRecord, { attemptId, outputs }: Of<'stored'>, context: Context): Decision {
  if (task.state !== 'storing' || task.attemptId !== attemptId) return nothing;
  const seen = context.attempt?.lastObservation;
  const tokens = seen?.state === 'succeeded' ? seen.usage.tokens : undefined;
  const durationMs = outputs[0]?.durationMs ?? undefined;
  const usage = { ...(durationMs !== undefined && { durationMs }), ...(tokens !== undefined && { tokens }) };
  return finish(task, outputs, usage, context);
}

/** What may still work is repeated by the timer until the total deadline. */
export function storeFailed(
  task: TaskRecord,
  { attemptId, retryable }: Of<'store_failed'>,
  context: Context,
): Decision {
  if (task.state !== 'storing' || task.attemptId !== attemptId || retryable) return nothing;
  return fail(task, storageError, context);
}

export const storageError = { code: 'storage_error', message: 'The result could not be fetched and stored.' } as const;

/** Billing has spoken, and what it says is final: the task ends in the same moment. */
export function holdResolved(task: TaskRecord, hold: Of<'hold_resolved'>, { now }: Context): Decision {
  const { outcome } = task;
  if (task.state !== 'settling' || outcome === null) return nothing;
  const wasHeld = BigInt(hold.held) > 0n;
  const change = {
    creditsReserved: wasHeld ? hold.held : task.creditsReserved,
    creditsCharged: hold.charged,
    creditsRefunded: wasHeld && BigInt(hold.charged) === 0n,
    completedAt: now,
  };
  const isAsAsked = hold.outcome === (outcome.result === 'completed' ? 'settled' : 'released');
  const alarm = isAsAsked ? [] : [{ kind: 'alarm', event: 'hold_mismatch' } as const];
  if (outcome.result === 'completed') {
    return {
      type: 'completed',
      change: { ...change, state: 'completed', progress: 100 },
      effects: [{ kind: 'announce', fact: 'completed' }, ...alarm],
    };
  }
  return {
    type: 'failed',
    change: { ...change, state: 'failed', error: outcome.error },
    effects: [{ kind: 'announce', fact: 'failed' }, ...alarm],
  };
}
