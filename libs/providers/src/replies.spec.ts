import { observation } from '@videoapi/contracts';
import { type Adapter, type Call, type Exchange, inputOf, ProviderRuntime } from '@videoapi/provider-kit';
import { readExchanges, readReply } from '@videoapi/provider-kit';
import fc from 'fast-check';
import { changedOnce, noiseNear, type RawReply } from '../test/noise.js';
import { type Received, turnsOf, Vocabulary } from '../test/vocabulary.js';
import { callbackVerifiers } from './callbacks.js';
import { adapters } from './index.js';

// No byte sequence that a provider may send crashes a worker, ends a task or moves money: only the words that the
// provider is recorded to use for an ending do. Which those are follows from each provider's own exchanges.

/** A fixed seed, so that a red run is the same everywhere; another one, or more runs, searches further. */
const runs = { numRuns: 300, seed: 20_261_122 };

describe.each(Object.entries(adapters))('%s: whatever a provider answers', (name, adapter) => {
  const exchanges = exchangesOf(name);
  const noise = noiseNear(exchanges);
  const polls = exchanges.filter((entry) => entry.operation === 'poll');
  const submits = exchanges.filter((entry) => entry.operation === 'submit');

  const ends = endingsOf(polls, submits);

  it('a poll ends nothing without a word for it', async () => {
    await fc.assert(
      fc.asyncProperty(placed(polls), noise, async ({ exchange, at }, answer) => {
        const { runtime, received } = conversation(exchange, at, answer);
        const seen = await runtime.poll(adapter, channelOf(exchange), exchange.input);
        if (seen.state !== 'succeeded') observation.parse(seen);
        if (seen.state === 'succeeded') expect(seen.outputs.length).toBeGreaterThan(0);
        if (!isSaid(ends[seen.state], received)) expect(['queued', 'running', 'unreadable']).toContain(seen.state);
      }),
      runs,
    );
  });

  it('a poll with one thing changed ends nothing that did not end', async () => {
    for (const exchange of polls) {
      for (const [at, { reply }] of exchange.turns.entries()) {
        for (const body of changedOnce(reply.body)) {
          const bytes = Buffer.from(JSON.stringify(body) ?? '');
          const { runtime, received } = conversation(exchange, at, { ...reply, bytes });
          const { state } = await runtime.poll(adapter, channelOf(exchange), exchange.input);
          const isPending = ['queued', 'running', 'unreadable', exchange.result.state].includes(state);
          const isMadeUp = !isPending && !isSaid(ends[state], received);
          expect(isMadeUp && { state, name: exchange.name, body }).toBe(false);
        }
      }
    }
  });

  it('a submit is accepted only with a success, and a success is refused only in words', async () => {
    const refusals = telling(submits, ({ result }) => result.outcome, 'refused');
    await fc.assert(
      fc.asyncProperty(placed(submits), noise, async ({ exchange, at }, answer) => {
        const { runtime, calls, received } = conversation(exchange, at, answer);
        const { outcome } = await runtime.submit(adapter, channelOf(exchange), inputOf(exchange.input));
        const last = received.at(-1)?.status ?? 0;
        if (last >= 300) expect(outcome).not.toBe('accepted');
        // Before the call that creates, an upload for one, nothing can run yet: any trouble there is a refusal.
        const mayRun = calls.some(({ creates }) => creates === true);
        if (!mayRun) expect(outcome).toBe('refused');
        else if (received.every(({ status }) => status < 300) && !isSaid(refusals, received)) {
          expect(outcome).not.toBe('refused');
        }
      }),
      runs,
    );
  });
});

const those = (can: (adapter: Adapter) => boolean) => Object.entries(adapters).filter(([, adapter]) => can(adapter));

it.each(those((adapter) => adapter.cancel !== undefined))(
  '%s: a cancel is believed only in words',
  async (name, adapter) => {
    const exchanges = exchangesOf(name);
    const cancels = exchanges.filter((entry) => entry.operation === 'cancel');
    const isCancelled = telling(cancels, ({ result }) => result, 'cancelled');
    await fc.assert(
      fc.asyncProperty(placed(cancels), noiseNear(exchanges), async ({ exchange, at }, answer) => {
        const { runtime, received } = conversation(exchange, at, answer);
        const outcome = await runtime.cancel(adapter, channelOf(exchange), exchange.input);
        if (!isSuccess(received.at(-1)) && !isSaid(isCancelled, received)) expect(outcome).not.toBe('cancelled');
      }),
      runs,
    );
  },
);

it.each(those((adapter) => adapter.lookup !== undefined))(
  '%s: nothing is absent for lack of an answer',
  async (name, adapter) => {
    const exchanges = exchangesOf(name);
    const lookups = exchanges.filter((entry) => entry.operation === 'lookup');
    const isAbsent = telling(lookups, ({ result }) => result.outcome, 'absent');
    await fc.assert(
      fc.asyncProperty(placed(lookups), noiseNear(exchanges), async ({ exchange, at }, answer) => {
        const { runtime, received } = conversation(exchange, at, answer);
        const { callAgeMs, ...input } = exchange.input;
        const seen = await runtime.lookUp(adapter, channelOf(exchange), { ...inputOf(input), callAgeMs });
        if (!isSuccess(received.at(-1)) && !isSaid(isAbsent, received)) expect(seen.outcome).not.toBe('absent');
      }),
      runs,
    );
  },
);

it.each(those((adapter) => adapter.pollMany !== undefined))(
  '%s: a common look ends nothing without a word for it',
  async (name, adapter) => {
    const exchanges = exchangesOf(name);
    const together = exchanges.filter((entry) => entry.operation === 'pollMany');
    const ends = new Vocabulary(together, []);
    await fc.assert(
      fc.asyncProperty(placed(together), noiseNear(exchanges), async ({ exchange, at }, answer) => {
        const { runtime, received } = conversation(exchange, at, answer);
        const all = await runtime.pollMany(adapter, channelOf(exchange), exchange.input);
        expect(all).toHaveLength(exchange.input.length);
        const states = all.map((seen) => seen?.state);
        if (!isSaid(ends, received))
          for (const end of ['succeeded', 'failed', 'gone']) expect(states).not.toContain(end);
      }),
      runs,
    );
  },
);

describe.each(Object.entries(callbackVerifiers))('%s: whatever calls back', (name, verifier) => {
  const recorded = exchangesOf(name).filter((entry) => entry.operation === 'callback');
  const headers = ['content-type', ...new Set(recorded.flatMap(({ input }) => Object.keys(input.headers)))];
  const text = (values: readonly string[]) => fc.oneof(fc.constantFrom('', ...values), fc.string());

  it('nothing throws, and nothing is signed by chance', () => {
    const raw = fc.record({
      method: fc.constantFrom('POST', 'GET', 'PUT'),
      path: text(recorded.map(({ input }) => input.path)),
      query: text(recorded.map(({ input }) => input.query)),
      headers: fc.dictionary(
        fc.constantFrom(...headers),
        text(recorded.flatMap((e) => Object.values(e.input.headers))),
      ),
      body: fc.oneof(text(recorded.map(({ input }) => input.body)), fc.json()),
    });
    fc.assert(
      fc.property(raw, fc.array(fc.string({ minLength: 1 })), (callback, secrets) => {
        verifier.parse(callback);
        verifier.challenge?.(callback);
        expect(verifier.verify(callback, secrets, 1_790_000_000_000)).not.toBe('signed');
      }),
      runs,
    );
  });
});

function exchangesOf(name: string): Exchange[] {
  return readExchanges(new URL(`${name}/exchanges`, import.meta.url));
}

type Spoken = Exclude<Exchange, { operation: 'callback' }>;

/** One of these conversations, and the turn in which something else is answered. */
function placed<Some extends Spoken>(exchanges: readonly Some[]): fc.Arbitrary<{ exchange: Some; at: number }> {
  return fc.constantFrom(...exchanges.flatMap((exchange) => exchange.turns.map((_, at) => ({ exchange, at }))));
}

type Poll = Extract<Exchange, { operation: 'poll' }>;

type Submit = Extract<Exchange, { operation: 'submit' }>;

/**
 * The words for each ending. Some providers call what moderation stopped a success, without anything to show for it; and
 * what moderation says to a submit it may say of a render as well.
 */
function endingsOf(polls: readonly Poll[], submits: readonly Submit[]): Readonly<Record<string, Vocabulary>> {
  const inState = (...states: string[]) => polls.filter(({ result }) => states.includes(result.state));
  const pending = inState('queued', 'running');
  const moderated = submits.filter(({ result }) => JSON.stringify(result).includes('"content_rejected"'));
  return {
    succeeded: new Vocabulary(inState('succeeded'), pending),
    failed: new Vocabulary([...inState('failed'), ...moderated], pending),
    gone: new Vocabulary(inState('gone'), pending),
  };
}

/** The words for one outcome, by those for the others; what could not be read may hold them too. */
function telling<Some extends Exchange>(
  exchanges: readonly Some[],
  outcomeOf: (exchange: Some) => string,
  wanted: string,
) {
  return new Vocabulary(
    exchanges.filter((exchange) => outcomeOf(exchange) === wanted),
    exchanges.filter((exchange) => ![wanted, 'unknown'].includes(outcomeOf(exchange))),
  );
}

/** As recorded up to that turn; from then on this answer, whatever is asked. */
function conversation(exchange: Spoken, at: number, answer: RawReply) {
  const turns = turnsOf(exchange);
  const received: Received[] = [];
  const calls: Call[] = [];
  const converse = () => ({
    perform: (call: Call) => {
      calls.push(call);
      const turn = received.length < at ? turns[received.length]?.reply : undefined;
      const raw = turn === undefined ? answer : { ...turn, bytes: Buffer.from(JSON.stringify(turn.body) ?? '') };
      const outcome = readReply({ reply: { status: raw.status, headers: raw.headers }, bytes: raw.bytes });
      received.push({ status: raw.status, body: outcome.kind === 'reply' ? outcome.reply.body : undefined });
      if (outcome.kind === 'reply' && call.auth.put === 'token') {
        call.auth.token.read(outcome.reply);
        call.auth.token.isRefused(outcome.reply);
      }
      return Promise.resolve(outcome);
    },
    redactor: () => Promise.resolve({ redact: (text: string) => text, isIn: () => false }),
  });
  const onAdapterError = (
    _operation: unknown,
    _channel: unknown,
    { reason, cause }: { reason: string; cause?: unknown },
  ) => {
    throw cause ?? new Error(reason);
  };
  return {
    runtime: new ProviderRuntime({ converse }, { submitTimeoutMs: 1_000, readTimeoutMs: 1_000, onAdapterError }),
    calls,
    received,
  };
}

function isSaid(vocabulary: Vocabulary | undefined, received: readonly Received[]): boolean {
  return vocabulary?.mayTell(received) === true;
}

function isSuccess(answer: Received | undefined): boolean {
  return answer !== undefined && answer.status >= 200 && answer.status < 300;
}

function channelOf({ options }: Spoken) {
  return { id: 'test', provider: 'test', baseUrl: 'https://provider.example/base', credentials: {}, options };
}
