import { type ChannelTarget, type Failure, type Handle } from '@videoapi/contracts';
import { type AdapterObservation, type LookupOutcome, type SubmitInput } from '@videoapi/provider-kit';
import { orderOf, type Truth } from './stand-in.js';

/** A code, or all of a failure where its words count. */
export type Ending = Failure['code'] | Failure;
type Rows<Directive extends string, Expected> = Readonly<Record<Directive, Expected>>;
type Named<Row> = Readonly<Record<string, Row>>;

/** What a poll may meet for once, in the order in which the simulator deals it out. */
export const oddLooks = ['poll-429', 'poll-5xx', 'malformed', 'gone', 'unknown-status'] as const;

/** What a provider does when it is asked for the best and for the worst; what its spec hands to `testWire`. */
export interface WireTable {
  /** The smallest order that the provider takes; `directives` as in `429=1, slow=50`. */
  readonly order: (directives?: string) => SubmitInput;
  /** Does a submit without a callback carry our reference to the provider? */
  readonly carriesReference: boolean;
  /** The handle of a render; its id alone unless told. */
  readonly handle?: (render: Truth) => Handle;
  /** One order with a size, and the film that comes of it. */
  readonly film: Film;
  /** Orders by what is special about them, and what the provider makes of each. */
  readonly modes: Named<readonly [SubmitInput, Partial<Truth>]>;
  /** Channels by what is wrong with their keys. */
  readonly wrongKeys: Named<Partial<ChannelTarget>>;
  readonly refusals: Rows<'429' | 'no-balance' | 'bad-credentials' | 'moderate-prompt' | 'invalid', Ending>;
  /** Orders by what the provider does not have. */
  readonly lacks: Named<readonly [SubmitInput, Ending]>;
  /** What a look-up tells once the answer to a submit was lost. */
  readonly lostAnswers: Rows<
    'timeout' | '5xx' | 'accept-then-timeout' | 'accept-then-reset' | 'accept-then-5xx' | 'accept-then-malformed',
    LookupOutcome['outcome']
  >;
  /** How long after a call a look-up's "absent" is not believed yet; a minute unless told. Milliseconds. */
  readonly settleMs?: number;
  readonly endings: Rows<'fail' | 'moderate' | 'expire', Ending>;
  /** What a poll shows, for once, of a render that runs. */
  readonly looks: Rows<(typeof oddLooks)[number], object>;
  /** What a poll shows of a render that runs and gets nowhere; the bare state unless told. */
  readonly hanging?: object;
}

interface Film {
  readonly order: (directives: string) => SubmitInput;
  readonly width: number;
  readonly height: number;
  readonly seconds: number;
  readonly hasAudio: boolean;
  /** What else the last poll shows. */
  readonly shows?: Partial<Extract<AdapterObservation, { state: 'succeeded' }>>;
  readonly id?: RegExp;
  /** The file may be later than the word that it is there. */
  readonly isLate?: boolean;
}

export const wrongKey = { 'a wrong key': { credentials: { apiKey: 'env:BAD' } } } satisfies WireTable['wrongKeys'];

export const usualRefusals = {
  '429': 'rate_limited',
  'no-balance': 'channel_balance',
  'bad-credentials': 'channel_credentials',
  'moderate-prompt': 'content_rejected',
  invalid: 'invalid_request',
} as const satisfies WireTable['refusals'];

/** Of a provider that cannot be asked for a render by our reference. */
export const nobodyToAsk = {
  timeout: 'cannot_tell',
  '5xx': 'cannot_tell',
  'accept-then-timeout': 'cannot_tell',
  'accept-then-reset': 'cannot_tell',
  'accept-then-5xx': 'cannot_tell',
  'accept-then-malformed': 'cannot_tell',
} as const satisfies WireTable['lostAnswers'];

/** Of a provider that can. */
export const foundOrAbsent = {
  timeout: 'absent',
  '5xx': 'absent',
  'accept-then-timeout': 'found',
  'accept-then-reset': 'found',
  'accept-then-5xx': 'found',
  'accept-then-malformed': 'found',
} as const satisfies WireTable['lostAnswers'];

export const unreadable = { state: 'unreadable', reason: expect.any(String) };

export const usualLooks = {
  'poll-429': unreadable,
  'poll-5xx': unreadable,
  malformed: unreadable,
  gone: { state: 'gone' },
  'unknown-status': { state: 'running', unknownStatus: 'simmering' },
} satisfies WireTable['looks'];

/** Modes that have no better name than what was ordered. */
export function modesOf(
  ...orders: readonly (readonly [model: string, request: Parameters<typeof orderOf>[1], traits: Partial<Truth>])[]
): WireTable['modes'] {
  const modes = orders.map(
    ([model, request, traits]) => [`${model} ${JSON.stringify(request)}`, [orderOf(model, request), traits]] as const,
  );
  return Object.fromEntries(modes);
}
