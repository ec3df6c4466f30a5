import { type Call, type CallFailure, type CallOutcome, type Step } from '../call/call.js';

/** How a step ended: with what its adapter made of the replies, or broken by a call that had none. */
export type StepEnd<Result> =
  | { readonly end: 'returned'; readonly value: Result }
  | {
      readonly end: 'broken';
      readonly failure: CallFailure | AdapterError;
      /** A call that starts a render was sent: one may be running. */
      readonly mayHaveCreated: boolean;
    };

/** A defect of ours: the adapter threw, or asked without end. */
export interface AdapterError {
  readonly kind: 'adapter_error';
  readonly reason: string;
  readonly cause?: unknown;
}

/** More calls than any conversation needs; one that asks for more goes round in circles. */
const mostCalls = 8;

/** Carries a step through its calls. Never throws: an adapter that trips over a reply is a broken step like any other. */
export async function runStep<Result>(
  begin: () => Step<Result>,
  perform: (call: Call) => Promise<CallOutcome>,
): Promise<StepEnd<Result>> {
  let mayHaveCreated = false;
  const broken = (failure: Extract<StepEnd<Result>, { end: 'broken' }>['failure']) =>
    ({ end: 'broken', failure, mayHaveCreated }) as const;
  try {
    const step = begin();
    let turn = step.next();
    for (let calls = 0; turn.done !== true; calls += 1) {
      if (calls === mostCalls) return broken({ kind: 'adapter_error', reason: `more than ${mostCalls} calls` });
      const hadCreated: boolean = mayHaveCreated;
      // Before the call: whatever trips over its answer must not make it look as if it had not been sent.
      mayHaveCreated ||= turn.value.creates === true;
      const outcome = await perform(turn.value);
      if (outcome.kind === 'not_sent') mayHaveCreated = hadCreated;
      if (outcome.kind !== 'reply') return broken(outcome);
      turn = step.next(outcome.reply);
    }
    return { end: 'returned', value: turn.value };
  } catch (error) {
    const reason = error instanceof Error ? error.name : 'thrown';
    return broken({ kind: 'adapter_error', reason, cause: error });
  }
}
