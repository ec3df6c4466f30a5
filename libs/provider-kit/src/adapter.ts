import { type EventData, type attemptCancelled, type Failure, type Handle } from '@videoapi/contracts';
import { type Observation, type ResolvedRequest, type ResultSource } from '@videoapi/contracts';
import { type Call, type Reply, type Step } from './call/call.js';
import { type AdapterCapabilities } from './capability.js';

/** What an adapter may know of the channel that it speaks to. */
export interface AdapterChannel {
  /** Without a trailing slash. */
  readonly baseUrl: string;
  /** The channel's `options` in the catalogue. */
  readonly options: Readonly<Record<string, unknown>>;
}

export interface SubmitInput {
  /** Ours, unique per attempt, a UUID: put where the provider will show it again. */
  readonly reference: string;
  readonly upstreamModel: string;
  /** Every asset is an http(s) URL by now. */
  readonly request: ResolvedRequest;
  readonly callbackUrl: string | null;
}

/**
 * `unknown`: it cannot be told whether a render was started. Say `refused` only when surely none was, for then another
 * provider may be paid to render.
 */
export type SubmitOutcome =
  | { readonly outcome: 'accepted'; readonly handle: Handle }
  | { readonly outcome: 'refused'; readonly failure: Failure }
  | { readonly outcome: 'unknown'; readonly reason: string };

export interface LookupInput extends SubmitInput {
  /** How long ago the call began whose answer was lost. Milliseconds. */
  readonly callAgeMs: number;
}

/**
 * `absent`: no render has our reference, which is believed once the call is `settleMs` over. When in doubt say
 * `cannot_tell`: after `absent` the same order is submitted again.
 */
export type LookupOutcome =
  | { readonly outcome: 'found'; readonly handle: Handle }
  | { readonly outcome: 'absent'; readonly settleMs: number }
  | { readonly outcome: 'cannot_tell'; readonly reason: string };

/** A result: anybody may fetch the URL, or the channel's key is needed for the call that reads it. */
export type AdapterOutput = Extract<ResultSource, { kind: 'url' }> | { readonly kind: 'download'; readonly call: Call };

type Succeeded = Extract<Observation, { state: 'succeeded' }>;
/** An observation before its results are within anybody's reach. */
export type AdapterObservation =
  Exclude<Observation, Succeeded> | (Omit<Succeeded, 'outputs'> & { readonly outputs: readonly AdapterOutput[] });

export type CancelOutcome = EventData<typeof attemptCancelled>['outcome'];

/**
 * One provider: pure mapping between our words and its wire. It describes calls and interprets replies; the runtime makes
 * the calls. What it cannot read it calls `unreadable` or `unknown`, never `failed`.
 */
export interface Adapter {
  readonly capabilities: AdapterCapabilities;
  submit(input: SubmitInput, channel: AdapterChannel): Step<SubmitOutcome>;
  /** Throws for a handle that is not its own. */
  poll(handle: Handle, channel: AdapterChannel): Step<AdapterObservation>;
  /** One observation per handle; undefined where this call did not tell, which is then asked alone. */
  pollMany?(handles: readonly Handle[], channel: AdapterChannel): Step<readonly (AdapterObservation | undefined)[]>;
  cancel?(handle: Handle, channel: AdapterChannel): Step<CancelOutcome>;
  lookup?(input: LookupInput, channel: AdapterChannel): Step<LookupOutcome>;
  /**
   * The handle that `submit` would have answered with, of what a callback names. Pure, and no proof: whether such a render is
   * there is told by a poll.
   */
  adopt?(upstreamId: string, upstreamModel: string): Handle;
  /** For a provider whose 5xx can be a clear "no": without it a 5xx to a creating call leaves the outcome unknown. */
  submitRefusal?(reply: Reply): Failure | undefined;
}
