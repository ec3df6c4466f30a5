import { type ChannelTarget, type Handle } from '@videoapi/contracts';
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
import { type Call, type CallOutcome, type Step } from '../call/call.js';
import { type Caller, type Conversation, type Operation } from './caller.js';
import { cleanError } from './clean.js';
import { type Ended, lookupOutcome, observed, observedTogether, submitOutcome, wordOf } from './conclude.js';
import { type AdapterError, runStep } from './run-step.js';
import { type OwnLinks } from './prepare.js';
import { targetOf } from './target.js';

export interface RuntimeOptions {
  /** Milliseconds for a whole submit: after that no call of it is under way. */
  readonly submitTimeoutMs: number;
  /** Milliseconds for any one other call. */
  readonly readTimeoutMs: number;
  /** What each operation came to, in one word: its outcome or state, or the code of its failure. */
  readonly onOutcome?: (operation: Operation, channel: ChannelTarget, word: string) => void;
  /** An adapter threw: a defect of ours, worth an alarm. */
  readonly onAdapterError?: (operation: Operation, channel: ChannelTarget, error: AdapterError) => void;
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

  /** `ownLinks`: for files that the call carries. */
  async submit(
    adapter: Adapter,
    channel: ChannelTarget,
    input: SubmitInput,
    ownLinks?: OwnLinks,
  ): Promise<SubmitOutcome> {
    const { submitTimeoutMs, readTimeoutMs } = this.options;
    const endsAt = performance.now() + submitTimeoutMs;
    const perform = async (conversation: Conversation, call: Call): Promise<CallOutcome> => {
      // Whoever looks up what became of a submit believes that it is over by then.
      const leftMs = endsAt - performance.now();
      const outcome = await conversation.perform(call, call.creates ? leftMs : Math.min(leftMs, readTimeoutMs));
      return call.creates === true ? doubted(outcome, adapter) : outcome;
    };
    const step = () => adapter.submit(input, channelOf(channel));
    const outcome = submitOutcome(await this.run('submit', { adapter, channel, ownLinks }, step, perform));
    this.options.onOutcome?.('submit', channel, wordOf(outcome));
    return outcome;
  }

  async lookUp(adapter: Adapter, channel: ChannelTarget, input: LookupInput): Promise<LookupOutcome> {
    const step = adapter.lookup?.bind(adapter);
    if (step === undefined) return { outcome: 'cannot_tell', reason: 'the provider has no look-up' };
    const ended = await this.run('look_up', { adapter, channel }, () => step(input, channelOf(channel)));
    const outcome = lookupOutcome(ended);
    this.options.onOutcome?.('look_up', channel, wordOf(outcome));
    return outcome;
  }

  async poll(adapter: Adapter, channel: ChannelTarget, handle: Handle): Promise<AdapterObservation> {
    const seen = observed(await this.run('poll', { adapter, channel }, () => adapter.poll(handle, channelOf(channel))));
    this.options.onOutcome?.('poll', channel, wordOf(seen));
    return seen;
  }

  /** Undefined for those that one call for all of them did not tell of clearly, to be asked alone. */
  async pollMany(
    adapter: Adapter,
    channel: ChannelTarget,
    handles: readonly Handle[],
  ): Promise<readonly (AdapterObservation | undefined)[]> {
    const step = adapter.pollMany?.bind(adapter);
    if (step === undefined) return handles.map(() => undefined);
    const ended = await this.run('poll_many', { adapter, channel }, () => step(handles, channelOf(channel)));
    const all = observedTogether(ended, handles.length);
    for (const seen of all)
      this.options.onOutcome?.('poll_many', channel, seen === undefined ? 'untold' : wordOf(seen));
    return all;
  }

  async cancel(adapter: Adapter, channel: ChannelTarget, handle: Handle): Promise<CancelOutcome> {
    const step = adapter.cancel?.bind(adapter);
    if (step === undefined) return 'unsupported';
    const { end } = await this.run('cancel', { adapter, channel }, () => step(handle, channelOf(channel)));
    const outcome = end.end === 'returned' ? end.value : 'unknown';
    this.options.onOutcome?.('cancel', channel, outcome);
    return outcome;
  }

  private async run<Result>(
    operation: Operation,
    { adapter, channel, ownLinks }: Place,
    begin: () => Step<Result>,
    perform = (conversation: Conversation, call: Call) => conversation.perform(call, this.options.readTimeoutMs),
  ): Promise<Ended<Result>> {
    const conversation = this.caller.converse(operation, targetOf(adapter, channel), ownLinks);
    const end = await runStep(begin, (call) => perform(conversation, call));
    const cleaner = await conversation.redactor();
    if (end.end === 'broken' && end.failure.kind === 'adapter_error') {
      const cause = cleanError(end.failure.cause, cleaner);
      this.options.onAdapterError?.(operation, channel, { ...end.failure, cause });
    }
    return { end, cleaner };
  }
}

interface Place {
  readonly adapter: Adapter;
  readonly channel: ChannelTarget;
  readonly ownLinks?: OwnLinks | undefined;
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
