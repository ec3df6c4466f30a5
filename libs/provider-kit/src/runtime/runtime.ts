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
import { type Call, type CallOutcome, type NotSent, type Step } from '../call/call.js';
import { type Caller, type Operation } from './caller.js';
import { type AdapterError, runStep, type StepEnd } from './run-step.js';

export interface RuntimeOptions {
  /** Milliseconds for one call that submits. */
  readonly submitTimeoutMs: number;
  /** Milliseconds for any other call. */
  readonly readTimeoutMs: number;
  /** An adapter threw: a defect of ours, worth an alarm. */
  readonly onAdapterError?: (operation: Operation, channel: ChannelTarget, error: AdapterError) => void;
}

type Redact = (text: string) => string;

/**
 * Runs adapters: performs the calls that they describe, and says what it means when a call has no reply. Nothing here
 * throws for anything that a provider does.
 */
export class ProviderRuntime {
  constructor(
    private readonly caller: Pick<Caller, 'perform' | 'redactor'>,
    private readonly options: RuntimeOptions,
  ) {}

  /** A lost answer to the call that creates is `unknown`; whatever goes wrong before it is a refusal. */
  async submit(adapter: Adapter, channel: ChannelTarget, input: SubmitInput): Promise<SubmitOutcome> {
    const redact = await this.caller.redactor(channel);
    const perform = async (call: Call): Promise<CallOutcome> => {
      const outcome = await this.call('submit', channel, call);
      return call.creates === true ? doubted(outcome, adapter) : outcome;
    };
    const end = await this.run('submit', channel, () => adapter.submit(input, targetOf(channel)), perform);
    if (end.end === 'returned') return cleanSubmit(end.value, redact);
    if (end.mayHaveCreated) return { outcome: 'unknown', reason: `${end.failure.kind}: ${end.failure.reason}` };
    const code = end.failure.kind === 'not_sent' ? codes[end.failure.cause] : otherwise[end.failure.kind];
    return { outcome: 'refused', failure: { code, message: redact(end.failure.reason) } };
  }

  /** Everything but a clear answer is `cannot_tell`. */
  async lookUp(adapter: Adapter, channel: ChannelTarget, input: LookupInput): Promise<LookupOutcome> {
    const step = adapter.lookup?.bind(adapter);
    if (step === undefined) return { outcome: 'cannot_tell', reason: 'the provider has no look-up' };
    const end = await this.run('look_up', channel, () => step(input, targetOf(channel)));
    if (end.end === 'returned') return end.value;
    return { outcome: 'cannot_tell', reason: `${end.failure.kind}: ${end.failure.reason}` };
  }

  /** Everything but a clear answer is `unreadable`. */
  async poll(adapter: Adapter, channel: ChannelTarget, handle: Handle): Promise<AdapterObservation> {
    const redact = await this.caller.redactor(channel);
    const end = await this.run('poll', channel, () => adapter.poll(handle, targetOf(channel)));
    if (end.end === 'returned') return cleanObservation(end.value, redact);
    return { state: 'unreadable', reason: `${end.failure.kind}: ${end.failure.reason}`.slice(0, 500) };
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
    const redact = await this.caller.redactor(channel);
    const end = await this.run('poll_many', channel, () => step(handles, targetOf(channel)));
    if (end.end === 'returned') {
      return handles.map((_, index) => {
        const seen = end.value[index];
        return seen && cleanObservation(seen, redact);
      });
    }
    if (end.failure.kind !== 'not_sent') return handles.map(() => undefined);
    const reason = `${end.failure.kind}: ${end.failure.reason}`.slice(0, 500);
    return handles.map(() => ({ state: 'unreadable', reason }));
  }

  async cancel(adapter: Adapter, channel: ChannelTarget, handle: Handle): Promise<CancelOutcome> {
    const step = adapter.cancel?.bind(adapter);
    if (step === undefined) return 'unsupported';
    const end = await this.run('cancel', channel, () => step(handle, targetOf(channel)));
    return end.end === 'returned' ? end.value : 'unknown';
  }

  private async run<Result>(
    operation: Operation,
    channel: ChannelTarget,
    begin: () => Step<Result>,
    perform = (call: Call) => this.call(operation, channel, call),
  ): Promise<StepEnd<Result>> {
    const end = await runStep(begin, perform);
    if (end.end === 'broken' && end.failure.kind === 'adapter_error') {
      this.options.onAdapterError?.(operation, channel, end.failure);
    }
    return end;
  }

  private call(operation: Operation, channel: ChannelTarget, call: Call): Promise<CallOutcome> {
    const timeoutMs = call.creates === true ? this.options.submitTimeoutMs : this.options.readTimeoutMs;
    return this.caller.perform(operation, channel, call, timeoutMs);
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

function targetOf({ baseUrl, options }: ChannelTarget): AdapterChannel {
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

function cleanSubmit(outcome: SubmitOutcome, redact: Redact): SubmitOutcome {
  return outcome.outcome === 'refused' ? { ...outcome, failure: cleanFailure(outcome.failure, redact) } : outcome;
}

function cleanObservation(seen: AdapterObservation, redact: Redact): AdapterObservation {
  return seen.state === 'failed' ? { ...seen, failure: cleanFailure(seen.failure, redact) } : seen;
}

function cleanFailure(failure: Failure, redact: Redact): Failure {
  return { ...failure, message: redact(failure.message) };
}
