import { type ChannelTarget, type Handle } from '@videoapi/contracts';
import { type AdapterObservation, type SubmitInput } from '@videoapi/provider-kit';
import { adapters } from '@videoapi/providers';
import { openStandIn, type StandIn, type StandInOptions, type Truth } from './stand-in.js';

export interface WireOptions extends StandInOptions {
  /** What each channel of it has beside its address, where that is not one API key. `url` is the simulator's. */
  readonly channel?: (url: string) => Partial<ChannelTarget>;
}

/**
 * One provider's adapter and the wire that plays it, for the tests of a spec: opened before the first, closed after the
 * last. Channels have the API key `env:KEY`; `env:BAD` is one that no wire takes.
 */
export function openWire(provider: string, path: string, options: WireOptions = {}) {
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
  const channel = (changes: Partial<ChannelTarget> = {}): ChannelTarget => {
    const { url } = standIn();
    return standIn().channel(provider, path, { credentials: apiKey('KEY'), ...options.channel?.(url), ...changes });
  };

  return {
    adapter,
    standIn,
    channel,
    submit: (order: SubmitInput, at = channel()) => standIn().runtime.submit(adapter, at, order),
    /** Submits what the provider must take. */
    accept: (order: SubmitInput, at = channel()) => standIn().accept(adapter, at, order),
    /** A minute after the submit whose answer was lost. */
    lookUp: (order: SubmitInput, at = channel()) =>
      standIn().runtime.lookUp(adapter, at, { ...order, callAgeMs: 60_000 }),
    poll: (handle: Handle, at = channel()) => standIn().runtime.poll(adapter, at, handle),
    cancel: (handle: Handle, at = channel()) => standIn().runtime.cancel(adapter, at, handle),
    /** Polls until the render has ended; every state that it went through, without repeats. */
    settle: (handle: Handle, at = channel()) => standIn().settle(adapter, at, handle),
    /** The file of a result, and what ffprobe reads out of it. */
    watch: (seen: AdapterObservation, at = channel()) => standIn().watch(at, seen),
    /** What was made of an order. Not each wire has a place for our reference: words of its own in the prompt tell as well. */
    rendersOf: async ({ reference }: SubmitInput): Promise<Truth[]> =>
      (await standIn().renders()).filter(
        ({ clientReference, prompt }) => clientReference === reference || prompt.includes(reference.slice(0, 8)),
      ),
  };
}
export type Wire = ReturnType<typeof openWire>;

/** Credentials of one API key: the entry of `secrets` by this name. */
export function apiKey(name: string): ChannelTarget['credentials'] {
  return { apiKey: `env:${name}` };
}

/** The order, with a callback that nobody hears: to some providers its address alone carries our reference. */
export function calledBack(order: SubmitInput): SubmitInput {
  return { ...order, callbackUrl: `http://127.0.0.1:9/callbacks/${order.reference}` };
}
