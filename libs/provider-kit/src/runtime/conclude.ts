import { type Failure, type FailureCode } from '@videoapi/contracts';
import { type AdapterObservation, type LookupOutcome, type SubmitOutcome } from '../adapter.js';
import { type CallFailure, type NotSent } from '../call/call.js';
import { type Cleaner, cleanFailure, cleanLookup, cleanObservation, cleanReason, cleanSubmit } from './clean.js';
import { type AdapterError, type StepEnd } from './run-step.js';

/** How a step ended, and what must not be read in its words. */
export interface Ended<Result> {
  readonly end: StepEnd<Result>;
  readonly cleaner: Cleaner;
}

/** A lost answer to the call that creates is `unknown`; whatever goes wrong before it is a refusal. */
export function submitOutcome({ end, cleaner }: Ended<SubmitOutcome>): SubmitOutcome {
  if (end.end === 'returned') return cleanSubmit(end.value, cleaner);
  if (end.mayHaveCreated) return { outcome: 'unknown', reason: reasonOf(end.failure, cleaner) };
  return { outcome: 'refused', failure: cleanFailure(refusalOf(end.failure), cleaner) };
}

/** Everything but a clear answer is `cannot_tell`. */
export function lookupOutcome({ end, cleaner }: Ended<LookupOutcome>): LookupOutcome {
  if (end.end === 'returned') return cleanLookup(end.value, cleaner);
  return { outcome: 'cannot_tell', reason: reasonOf(end.failure, cleaner) };
}

/** Everything but a clear answer is `unreadable`. */
export function observed({ end, cleaner }: Ended<AdapterObservation>): AdapterObservation {
  if (end.end === 'returned') return cleanObservation(end.value, cleaner);
  return unseen(end.failure, cleaner);
}

/**
 * Of several. Undefined for those that the call did not tell of clearly, to be asked alone; for all of them when the call
 * as a whole went wrong, for the one that breaks it must not hide the others.
 */
export function observedTogether(
  { end, cleaner }: Ended<readonly (AdapterObservation | undefined)[]>,
  count: number,
): (AdapterObservation | undefined)[] {
  const each = (see: (index: number) => AdapterObservation | undefined) =>
    Array.from({ length: count }, (_, index) => see(index));
  if (end.end === 'returned') {
    return each((index) => {
      const seen = end.value[index];
      return seen && cleanObservation(seen, cleaner);
    });
  }
  if (end.failure.kind !== 'not_sent') return each(() => undefined);
  const seen = unseen(end.failure, cleaner);
  return each(() => seen);
}

function unseen(failure: CallFailure | AdapterError, cleaner: Cleaner): AdapterObservation {
  const reason = reasonOf(failure, cleaner);
  const hasNoKey = failure.kind === 'not_sent' && refusalOf(failure).code === 'channel_credentials';
  return { state: 'unreadable', reason, ...(hasNoKey && { channel: 'credentials' }) };
}

/** One word for metrics, out of a list that does not grow. */
export function wordOf(outcome: SubmitOutcome | LookupOutcome | AdapterObservation): string {
  if ('failure' in outcome) return outcome.failure.code;
  if ('outcome' in outcome) return outcome.outcome;
  return 'unknownStatus' in outcome ? 'unknown_status' : outcome.state;
}

/** Whose fault it is when nothing was sent. */
const codes = {
  network: 'provider_unavailable',
  credential: 'channel_credentials',
  asset: 'invalid_request',
} as const satisfies Record<NotSent, FailureCode>;

/** Calls before the one that creates went wrong. */
const otherwise = {
  ambiguous: 'provider_unavailable',
  too_large: 'provider_unavailable',
  unparseable: 'provider_unavailable',
  adapter_error: 'provider_error',
} as const satisfies Record<string, FailureCode>;

function refusalOf(failure: CallFailure | AdapterError): Failure {
  if (failure.kind !== 'not_sent') return { code: otherwise[failure.kind], message: failure.reason };
  return failure.cause === 'token' ? failure.failure : { code: codes[failure.cause], message: failure.reason };
}

function reasonOf({ kind, reason }: CallFailure | AdapterError, cleaner: Cleaner): string {
  return cleanReason(`${kind}: ${reason}`, cleaner);
}
