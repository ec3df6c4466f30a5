import { type ChannelTarget, observation, renderOf, upstreamId } from '@videoapi/contracts';
import { z } from 'zod';
import { type Adapter } from '../adapter.js';
import { type CallbackVerifier } from '../callback.js';
import { type AdapterCapabilities } from '../capability.js';
import { type Call, type CallOutcome } from '../call/call.js';
import { ProviderRuntime } from '../runtime/runtime.js';
import { coverageOf } from './coverage.js';
import { type Exchange, inputOf } from './exchange.js';

type Of<Operation extends Exchange['operation']> = Extract<Exchange, { operation: Operation }>;

/**
 * The contract of every adapter: its recorded exchanges, coverage of what it declares, and what it must do with replies
 * that no provider documents. Call it in `<name>.contract.spec.ts`.
 */
export function testAdapter(adapter: Adapter, exchanges: readonly Exchange[], verifier?: CallbackVerifier): void {
  const { provider } = adapter.capabilities;
  describe(`${provider}: exchanges`, () => {
    for (const exchange of exchanges) {
      it(`${exchange.operation}: ${exchange.name}`, async () => {
        if (exchange.operation === 'callback') return checkCallback(exchange, verifier);
        if (exchange.operation === 'adopt') return checkAdoption(exchange, adapter, exchanges);
        const { runtime, finished } = scripted(exchange, adapter.capabilities);
        expect(plain(await play(runtime, adapter, exchange))).toEqual(exchange.result);
        finished();
      });
    }
  });
  it(`${provider}: every declared ability has its exchange`, () => {
    expect(coverageOf(adapter.capabilities, exchanges)).toEqual([]);
  });
  it(`${provider}: declares what it implements`, () => {
    const { capabilities } = adapter;
    expect([capabilities.cancel, capabilities.lookup, capabilities.adopt ?? false, capabilities.batchPoll]).toEqual([
      adapter.cancel !== undefined,
      adapter.lookup !== undefined,
      adapter.adopt !== undefined,
      adapter.pollMany !== undefined,
    ]);
    expect(capabilities.completion === 'callback').toBe(verifier !== undefined);
    const isChallenged = exchanges.some((entry) => entry.operation === 'callback' && entry.shows === 'challenge');
    expect(isChallenged).toBe(verifier?.challenge !== undefined);
  });
  testHostileReplies(adapter, exchanges);
}

/** What answers a poll or a submit when the provider, or something before it, is broken. */
const junk: readonly unknown[] = [
  undefined,
  null,
  '',
  'OK',
  7,
  [],
  [{}],
  {},
  { id: 1 },
  { status: {} },
  { data: null },
];

function testHostileReplies(adapter: Adapter, exchanges: readonly Exchange[]): void {
  const { provider } = adapter.capabilities;
  const submit = exchanges.find((entry) => entry.operation === 'submit' && entry.result.outcome === 'accepted');
  const poll = exchanges.find((entry) => entry.operation === 'poll');

  it(`${provider}: a poll that cannot be read changes nothing`, async () => {
    if (poll?.operation !== 'poll') throw new Error('no poll among the exchanges');
    for (const status of [200, 301, 400, 401, 403, 404, 408, 429, 500, 502, 503, 504, 599]) {
      for (const body of status === 200 ? junk : [...junk, '<html>502 Bad Gateway</html>']) {
        const runtime = answering({ kind: 'reply', reply: { status, headers: {}, body } });
        expect([status, body, (await runtime.poll(adapter, channelOf(poll), poll.input)).state]).toEqual([
          status,
          body,
          'unreadable',
        ]);
      }
    }
    for (const outcome of failures) {
      expect((await answering(outcome).poll(adapter, channelOf(poll), poll.input)).state).toBe('unreadable');
    }
  });

  it(`${provider}: a submit whose outcome is in doubt is unknown, never refused`, async () => {
    if (submit?.operation !== 'submit') throw new Error('no accepted submit among the exchanges');
    const replies = junk.map((body) => ({ kind: 'reply', reply: { status: 200, headers: {}, body } }) as const);
    const broken = [408, 500, 502, 503, 504].map(
      (status) => ({ kind: 'reply', reply: { status, headers: {}, body: {} } }) as const,
    );
    const doubtful = [...replies, ...broken, ...failures.filter((failure) => failure.kind !== 'not_sent')];
    for (const outcome of doubtful) {
      const got = await answering(outcome).submit(adapter, channelOf(submit), inputOf(submit.input));
      expect([outcome, got.outcome]).toEqual([outcome, 'unknown']);
    }
    const unsent = await answering(notSent).submit(adapter, channelOf(submit), inputOf(submit.input));
    expect(unsent).toMatchObject({ outcome: 'refused', failure: { code: 'provider_unavailable' } });
  });
}

const notSent = { kind: 'not_sent', cause: 'network', reason: 'ECONNREFUSED' } as const;
const failures: readonly CallOutcome[] = [
  notSent,
  { kind: 'ambiguous', reason: 'ECONNRESET' },
  { kind: 'too_large', reason: 'too large' },
  { kind: 'unparseable', reason: 'not JSON' },
];

async function play(runtime: ProviderRuntime, adapter: Adapter, exchange: Exclude<Exchange, Of<'callback' | 'adopt'>>) {
  const channel = channelOf(exchange);
  switch (exchange.operation) {
    case 'submit':
      return runtime.submit(adapter, channel, inputOf(exchange.input));
    case 'lookup': {
      const { callAgeMs, ...input } = exchange.input;
      return runtime.lookUp(adapter, channel, { ...inputOf(input), callAgeMs });
    }
    case 'poll': {
      const seen = await runtime.poll(adapter, channel, exchange.input);
      if (seen.state !== 'succeeded') observation.parse(seen);
      return seen;
    }
    case 'pollMany':
      return runtime.pollMany(adapter, channel, exchange.input);
    case 'cancel':
      return runtime.cancel(adapter, channel, exchange.input);
  }
}

function checkCallback({ input, result }: Of<'callback'>, verifier: CallbackVerifier | undefined): void {
  if (verifier === undefined) throw new Error('callback exchanges, but no verifier was given');
  const { secrets, now, ...raw } = input;
  expect(verifier.verify(raw, secrets, now)).toBe(result.trust);
  if (result.hint !== undefined) expect(verifier.parse(raw)).toEqual(result.hint);
  expect(verifier.challenge?.(raw)).toEqual(result.challenge);
}

const namedBy = z.object({ upstreamId });

/** The handle of the submit whose answer got lost, of what its callback says: word for word, for the two are compared. */
function checkAdoption({ input, result }: Of<'adopt'>, adapter: Adapter, exchanges: readonly Exchange[]): void {
  const { upstreamModel } = input;
  expect(adapter.adopt?.(input.upstreamId, upstreamModel)).toEqual(result);
  // By this it is known that another attempt has the render.
  expect(renderOf(result)).toBe(renderOf({ id: input.upstreamId }));
  const accepted = exchanges.flatMap((entry) =>
    entry.operation === 'submit' && entry.input.upstreamModel === upstreamModel ? [entry.result] : [],
  );
  expect(accepted).toContainEqual({ outcome: 'accepted', handle: result });
  const named = exchanges.flatMap((entry) => (entry.operation === 'callback' ? [entry.result.hint] : []));
  expect(named.some((hint) => namedBy.safeParse(hint).success)).toBe(true);
}

/** Replays the turns of an exchange; an adapter that calls otherwise fails the test. */
function scripted(exchange: Exclude<Exchange, Of<'callback' | 'adopt'>>, { hosts = {} }: AdapterCapabilities) {
  const left = [...exchange.turns];
  const runtime = runtimeOver((call) => {
    const turn = left.shift();
    if (turn === undefined) throw new Error(`one call too many: ${call.method} ${call.path}`);
    expect(plain(call)).toMatchObject(turn.call);
    if (call.host !== undefined) expect(Object.keys(hosts)).toContain(call.host);
    const { status, headers, body } = turn.reply;
    return { kind: 'reply', reply: { status, headers, body } };
  });
  return { runtime, finished: () => expect(left).toEqual([]) };
}

function answering(outcome: CallOutcome): ProviderRuntime {
  return runtimeOver(() => outcome, false);
}

function runtimeOver(answer: (call: Call) => CallOutcome, isStrict = true): ProviderRuntime {
  const conversation = {
    perform: (call: Call) => Promise.resolve().then(() => answer(call)),
    redactor: () => Promise.resolve({ redact: (text: string) => text, isIn: () => false }),
  };
  return new ProviderRuntime(
    { converse: () => conversation },
    {
      submitTimeoutMs: 1,
      readTimeoutMs: 1,
      onAdapterError: (operation, _channel, error) => {
        if (isStrict) throw error.cause ?? new Error(`${operation}: ${error.reason}`);
      },
    },
  );
}

function channelOf({ options }: Pick<Exchange, 'options'>): ChannelTarget {
  return { id: 'test', provider: 'test', baseUrl: 'https://provider.example/base', credentials: {}, options };
}

/** As it would look after a journey through JSON; undefined entries become null. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
