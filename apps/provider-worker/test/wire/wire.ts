import { type ChannelTarget, type Handle } from '@videoapi/contracts';
import { type Adapter, type AdapterObservation, type SubmitInput } from '@videoapi/provider-kit';
import { adapters } from '@videoapi/providers';
import { openStandIn, type StandIn, type StandInOptions, type Truth } from './stand-in.js';

type Changes = Partial<ChannelTarget>;

export interface WireOptions extends StandInOptions {
  /** What its channels have beside the address, where that is not one API key; `url` is the simulator's. */
  readonly channel?: (url: string) => Changes;
}

/**
 * One provider's adapter and the wire that plays it, for the tests of a spec: opened before the first, closed after the
 * last. Unless told otherwise its channels have the API key `env:KEY`, and `env:BAD` is one that no wire takes.
 */
export function openWire(provider: string, path: string, { channel: own = () => ({}), ...options }: WireOptions = {}) {
  const adapter = adapters[provider];
  if (adapter === undefined) throw new Error(`no adapter for ${provider}`);
  let opened: StandIn | undefined;
  beforeAll(async () => {
    opened = await openStandIn({ secrets: { KEY: 'good-key', BAD: 'bad-key' }, ...options });
  });
  afterAll(() => opened?.close());

  const standIn = (): StandIn => {
    if (opened === undefined) throw new Error('the wire is open during tests alone');
    return opened;
  };
  const channel = (changes: Changes = {}): ChannelTarget => {
    const credentials = { apiKey: 'env:KEY' };
    return standIn().channel(provider, path, { credentials, ...own(standIn().url), ...changes });
  };
  return wireOf(adapter, standIn, channel);
}
export type Wire = ReturnType<typeof wireOf>;

/** The same wire, by channels of another kind. */
export function through(wire: Wire, other: (url: string) => Changes): Wire {
  const channel = (changes: Changes = {}) => wire.channel({ ...other(wire.standIn().url), ...changes });
  return wireOf(wire.adapter, wire.standIn, channel);
}

function wireOf(adapter: Adapter, standIn: () => StandIn, channel: (changes?: Changes) => ChannelTarget) {
  return {
    adapter,
    standIn,
    channel,
    submit: (order: SubmitInput, at = channel()) => standIn().runtime.submit(adapter, at, order),
    /** Submits what is not answered, and does not wait for long. */
    submitUnanswered: (order: SubmitInput) => standIn().hastyRuntime.submit(adapter, channel(), order),
    /** Submits what the provider must take. */
    accept: (order: SubmitInput, at = channel()) => standIn().accept(adapter, at, order),
    /** A minute after the submit whose answer was lost. */
    lookUp: (order: SubmitInput) => standIn().runtime.lookUp(adapter, channel(), { ...order, callAgeMs: 60_000 }),
    poll: (handle: Handle, at = channel()) => standIn().runtime.poll(adapter, at, handle),
    cancel: (handle: Handle) => standIn().runtime.cancel(adapter, channel(), handle),
    /** Polls until the render has ended; every state that it went through, without repeats. */
    settle: (handle: Handle, at = channel()) => standIn().settle(adapter, at, handle),
    /** The file of a result, and what ffprobe reads out of it. */
    watch: (seen: AdapterObservation) => standIn().watch(channel(), seen),
    /** What was made of an order. Not every wire has a place for our reference, so words in the prompt tell as well. */
    rendersOf: async ({ reference }: SubmitInput): Promise<Truth[]> =>
      (await standIn().renders()).filter(
        ({ clientReference, prompt }) => clientReference === reference || prompt.includes(reference.slice(0, 8)),
      ),
  };
}

/** The order, with a callback that nobody hears: to some providers its address alone carries our reference. */
export function calledBack(order: SubmitInput): SubmitInput {
  return { ...order, callbackUrl: `http://127.0.0.1:9/callbacks/${order.reference}` };
}
