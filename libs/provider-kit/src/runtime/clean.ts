import { type Failure } from '@videoapi/contracts';
import { type AdapterObservation, type LookupOutcome, type SubmitOutcome } from '../adapter.js';
import { type Redactor } from './redact.js';

export type Cleaner = Pick<Redactor, 'redact' | 'isIn'>;

const longestReason = 500;
const exposed = 'a credential of ours stands where it must not be kept';

/** Outcomes on their way out: nothing that a provider says may carry a credential to where it is stored or shown. */
export function cleanSubmit(outcome: SubmitOutcome, cleaner: Cleaner): SubmitOutcome {
  switch (outcome.outcome) {
    case 'accepted':
      return cleaner.isIn(outcome.handle) ? { outcome: 'unknown', reason: exposed } : outcome;
    case 'refused':
      return { ...outcome, failure: cleanFailure(outcome.failure, cleaner) };
    case 'unknown':
      return { ...outcome, reason: cleanReason(outcome.reason, cleaner) };
  }
}

export function cleanLookup(outcome: LookupOutcome, cleaner: Cleaner): LookupOutcome {
  switch (outcome.outcome) {
    case 'found':
      return cleaner.isIn(outcome.handle) ? { outcome: 'cannot_tell', reason: exposed } : outcome;
    case 'absent':
      return outcome;
    case 'cannot_tell':
      return { ...outcome, reason: cleanReason(outcome.reason, cleaner) };
  }
}

export function cleanObservation(seen: AdapterObservation, cleaner: Cleaner): AdapterObservation {
  switch (seen.state) {
    case 'failed':
      return { ...seen, failure: cleanFailure(seen.failure, cleaner) };
    case 'unreadable':
      return { ...seen, reason: cleanReason(seen.reason, cleaner) };
    case 'running': {
      const { unknownStatus } = seen;
      return unknownStatus === undefined ? seen : { ...seen, unknownStatus: cleaner.redact(unknownStatus) };
    }
    case 'succeeded':
      return cleaner.isIn([seen.outputs, seen.usage]) ? { state: 'unreadable', reason: exposed } : seen;
    case 'queued':
    case 'gone':
      return seen;
  }
}

export function cleanFailure(failure: Failure, cleaner: Cleaner): Failure {
  return { ...failure, message: cleaner.redact(failure.message) };
}

export function cleanReason(reason: string, cleaner: Cleaner): string {
  return cleaner.redact(reason).slice(0, longestReason);
}

/** What a defect says may quote a reply. Undefined for what is no error. */
export function cleanError(error: unknown, cleaner: Cleaner): Error | undefined {
  if (!(error instanceof Error)) return undefined;
  const { name, message, stack = '' } = error;
  const clean = new Error(cleaner.redact(message));
  clean.name = name;
  clean.stack = cleaner.redact(stack.replace(message, () => clean.message));
  return clean;
}
