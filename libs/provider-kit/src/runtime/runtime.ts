import { type ChannelTarget, type Failure, type FailureCode, type Handle } from '@videoapi/contracts';
import {
  type Adapter,
  type AdapterChannel,
  type AdapterObservation,
  type CancelOutcome,
  type LookupInput,
  type LookupOutcome,
  type SubmitInput,
  type SubmitOutcome,
} from '../adapter.js';
import { type Call, type CallFailure, type CallOutcome, type NotSent, type Step } from '../call/call.js';
import { type Caller, type Conversation, type Operation } from './caller.js';
import { cleanError, cleanFailure, cleanLookup, cleanObservation, type Cleaner, cleanReason } from './clean.js';
import { cleanSubmit } from './clean.js';
import { type AdapterError, runStep, type StepEnd } from './run-step.js';
import { targetOf } from './target.js';

export interface RuntimeOptions {
  /** Milliseconds for a whole submit: after that no call of it is under way. */
  readonly submitTimeoutMs: number;
  /** Milliseconds for any one other call. */
  readonly readTimeoutMs: number;
  /** An adapter threw: a defect of ours, worth an alarm. */
  readonly onAdapterError?: (operation: Operation, channel: ChannelTarget, error: AdapterError) => void;
}

/** How a step ended, and what must not be read in its words. */
interface Ended<Result> {
  readonly end: StepEnd<Result>;
  readonly cleaner: Cleaner;
}

/**
 * Runs adapters: performs the calls that they describe, and says what it means when a call has no reply. Nothing here
 * throws for anything that a provider does.
 */
export class ProviderRuntime {
  constructor(
    private readonly caller: Pick<Caller, 'converse'>,
    private readonly options: RuntimeOptions,
  ) {}

  /** A lost answer to the call that creates is `unknown`; whatever goes wrong before it is a refusal. */
  async submit(adapter: Adapter, channel: ChannelTarget, input: SubmitInput): Promise<SubmitOutcome> {
    const { submitTimeoutMs, readTimeoutMs } = this.options;
    const endsAt = performance.now() + submitTimeoutMs;
    const { end, cleaner } = await this.run(
      'submit',
      { adapter, channel },
      () => adapter.submit(input, channelOf(channel)),
      async (conversation, call) => {
        // Whoever looks up what became of a submit believes that it is over by then.
        const leftMs = endsAt - performance.now();
        const outcome = await conversation.perform(call, call.creates ? leftMs : Math.min(leftMs, readTimeoutMs));
        return call.creates === true ? doubted(outcome, adapter) : outcome;
      },
    );
    if (end.end === 'returned') return cleanSubmit(end.value, cleaner);
    if (end.mayHaveCreated) return { outcome: 'unknown', reason: reasonOf(end.failure, cleaner) };
    return { outcome: 'refused', failure: cleanFailure(refusalOf(end.failure), cleaner) };
  }

  /** Everything but a clear answer is `cannot_tell`. */
  async lookUp(adapter: Adapter, channel: ChannelTarget, input: LookupInput): Promise<LookupOutcome> {
    const step = adapter.lookup?.bind(adapter);
    if (step === undefined) return { outcome: 'cannot_tell', reason: 'the provider has no look-up' };
    const { end, cleaner } = await this.run('look_up', { adapter, channel }, () => step(input, channelOf(channel)));
    if (end.end === 'returned') return cleanLookup(end.value, cleaner);
    return { outcome: 'cannot_tell', reason: reasonOf(end.failure, cleaner) };
  }

  /** Everything but a clear answer is `unreadable`. */
  async poll(adapter: Adapter, channel: ChannelTarget, handle: Handle): Promise<AdapterObservation> {
    const begin = () => adapter.poll(handle, channelOf(channel));
    const { end, cleaner } = await this.run('poll', { adapter, channel }, begin);
    if (end.end === 'returned') return cleanObservation(end.value, cleaner);
    return { state: 'unreadable', reason: reasonOf(end.failure, cleaner) };
  }

  /**
   * One call for several. Undefined for those that it did not tell of clearly, to be asked alone; for all of them when
   * the call as a whole went wrong, for the one that breaks it must not hide the others.
   */
  async pollMany(
    adapter: Adapter,
    channel: ChannelTarget,
    handles: readonly Handle[],
  ): Promise<readonly (AdapterObservation | undefined)[]> {
    const step = adapter.pollMany?.bind(adapter);
    if (step === undefined) return handles.map(() => undefined);
    const { end, cleaner } = await this.run('poll_many', { adapter, channel }, () => step(handles, channelOf(channel)));
    if (end.end === 'returned') {
      return handles.map((_, index) => {
        const seen = end.value[index];
        return seen && cleanObservation(seen, cleaner);
      });
    }
    if (end.failure.kind !== 'not_sent') return handles.map(() => undefined);
    const reason = reasonOf(end.failure, cleaner);
    return handles.map(() => ({ state: 'unreadable', reason }));
  }

  async cancel(adapter: Adapter, channel: ChannelTarget, handle: Handle): Promise<CancelOutcome> {
    const step = adapter.cancel?.bind(adapter);
    if (step === undefined) return 'unsupported';
    const { end } = await this.run('cancel', { adapter, channel }, () => step(handle, channelOf(channel)));
    return end.end === 'returned' ? end.value : 'unknown';
  }

  private async run<Result>(
    operation: Operation,
    { adapter, channel }: { readonly adapter: Adapter; readonly channel: ChannelTarget },
    begin: () => Step<Result>,
    perform = (conversation: Conversation, call: Call) => conversation.perform(call, this.options.readTimeoutMs),
  ): Promise<Ended<Result>> {
    const conversation = this.caller.converse(operation, targetOf(adapter, channel));
    const end = await runStep(begin, (call) => perform(conversation, call));
    const cleaner = await conversation.redactor();
    if (end.end === 'broken' && end.failure.kind === 'adapter_error') {
      const cause = cleanError(end.failure.cause, cleaner);
      this.options.onAdapterError?.(operation, channel, { ...end.failure, cause });
    }
    return { end, cleaner };
  }
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

function channelOf({ baseUrl, options }: ChannelTarget): AdapterChannel {
  return { baseUrl: baseUrl.replace(/\/+$/, ''), options };
}

/** A server that breaks (5xx) or gives up waiting (408) may have passed the order on before. */
function doubted(outcome: CallOutcome, adapter: Adapter): CallOutcome {
  if (outcome.kind !== 'reply') return outcome;
  const { status } = outcome.reply;
  if (status !== 408 && status < 500) return outcome;
  if (adapter.submitRefusal?.(outcome.reply) !== undefined) return outcome;
  return { kind: 'ambiguous', reason: `status ${status}` };
}
