import { type ChannelTarget, type Failure, type Handle } from '@videoapi/contracts';
import { type AdapterObservation, type LookupOutcome, type SubmitInput } from '@videoapi/provider-kit';
import { eventually } from '@videoapi/testing';
import { orderOf, type Truth } from './stand-in.js';
import { type Wire } from './wire.js';

/** A code, or all of a failure where its words count. */
type Ending = Failure['code'] | Failure;
type Row<Name extends string, Expected> = Readonly<Record<Name, Expected>>;

/** What a provider does when it is asked for the worst; each key of a row is a directive of the simulator. */
export interface WireTable {
  /** The smallest order that the provider takes. */
  readonly order: (directives?: string) => SubmitInput;
  /** Where the orders go, if not to the wire's own channel. */
  readonly channel?: () => ChannelTarget;
  /** Does a submit without a callback carry our reference to the provider? */
  readonly carriesReference: boolean;
  /** The handle of a render; its id alone unless told. */
  readonly handle?: (render: Truth) => Handle;
  /** One order of some size, and the film that comes of it. */
  readonly film: Film;
  /** Orders by what is special about them, and what the provider makes of each. */
  readonly modes: Readonly<Record<string, readonly [SubmitInput, Partial<Truth>]>>;
  /** Keys that the provider does not know, by what is wrong with them. */
  readonly wrongKeys: Readonly<Record<string, Partial<ChannelTarget>>>;
  readonly refusals: Row<'429' | 'no-balance' | 'bad-credentials' | 'moderate-prompt' | 'invalid', Ending>;
  /** Orders by what the provider does not have. */
  readonly lacks: Readonly<Record<string, readonly [SubmitInput, Ending]>>;
  /** What a look-up tells afterwards. */
  readonly lostAnswers: Row<
    'timeout' | '5xx' | 'accept-then-timeout' | 'accept-then-reset' | 'accept-then-5xx' | 'accept-then-malformed',
    LookupOutcome['outcome']
  >;
  readonly endings: Row<'fail' | 'moderate' | 'expire', Ending>;
  /** What a poll shows for once, of a render that runs. */
  readonly looks: Row<'poll-429' | 'poll-5xx' | 'malformed' | 'gone' | 'unknown-status', object>;
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
  /** The file may be this much later than the word that it is there. Milliseconds. */
  readonly lateMs?: number;
}

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

export const usualLooks = {
  'poll-429': { state: 'unreadable', reason: expect.any(String) },
  'poll-5xx': { state: 'unreadable', reason: expect.any(String) },
  malformed: { state: 'unreadable', reason: expect.any(String) },
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

export const wrongKey = { 'a wrong key': { credentials: { apiKey: 'env:BAD' } } } satisfies WireTable['wrongKeys'];

/**
 * The contract of every adapter with the wire that plays its provider: orders are understood and rendered, and each kind of
 * trouble comes to what its table says. Call it in `<name>.int.spec.ts`, beside the tests of what that provider alone does.
 */
export function testWire(name: string, wire: Wire, table: WireTable): void {
  describe(name, () => {
    testRenders(wire, table);
    testSubmits(wire, table);
    testPolls(wire, table);
  });
}

function testRenders(wire: Wire, { film, modes, handle = idAlone, channel = wire.channel, ...table }: WireTable): void {
  it('renders what was ordered', async () => {
    const order = film.order('queue=500, slow=1000');
    const accepted = await wire.accept(order, channel());

    const { end, states } = await wire.settle(accepted, channel());

    expect(states).toEqual(hasQueue(wire) ? ['queued', 'running', 'succeeded'] : ['running', 'succeeded']);
    expect(end).toMatchObject(film.shows ?? {});
    const { width, height, hasAudio } = film;
    const watched = await eventually(() => wire.watch(end, channel()), { timeoutMs: film.lateMs ?? 0 });
    expect(watched).toMatchObject({ width, height, hasAudio, complaints: '' });
    expect(watched.seconds).toBeCloseTo(film.seconds, 0);
    const [made, ...more] = await wire.rendersOf(order);
    if (made === undefined) throw new Error('nobody made it');
    expect([accepted, more]).toEqual([handle(made), []]);
    expect(made.id).toMatch(film.id ?? /./);
  });

  for (const [mode, [order, traits]] of Object.entries(modes)) {
    it(`understands ${mode}`, async () => {
      const accepted = await wire.accept(order, channel());

      const { callbackUrl } = order;
      const clientReference = referenceIn(order, table);
      expect(await wire.rendersOf(order)).toMatchObject([{ clientReference, callbackUrl, ...traits }]);
      expect((await wire.settle(accepted, channel())).end.state).toBe('succeeded');
    });
  }
}

function testSubmits(wire: Wire, { order: orderWith, channel = wire.channel, ...table }: WireTable): void {
  const isRefused = async (order: SubmitInput, ending: Ending, at = channel()) => {
    expect(await wire.submit(order, at)).toEqual({ outcome: 'refused', failure: failureOf(ending) });
    expect(await wire.rendersOf(order)).toEqual([]);
  };

  for (const [what, changes] of Object.entries(table.wrongKeys)) {
    it(`${what} closes the channel, and nothing was made`, () =>
      isRefused(orderWith(), 'channel_credentials', { ...channel(), ...changes }));
  }

  for (const [directive, ending] of Object.entries(table.refusals)) {
    it(`${directive} is refused as ${codeOf(ending)}, and nothing was made`, () =>
      isRefused(orderWith(directive), ending));
  }

  for (const [what, [order, ending]] of Object.entries(table.lacks)) {
    it(`${what} is refused as ${codeOf(ending)}, and nothing was made`, () => isRefused(order, ending));
  }

  for (const [directive, told] of Object.entries(table.lostAnswers)) {
    const isMade = directive.startsWith('accept-then-');
    it(`${directive} leaves it unknown with ${isMade ? 'one render' : 'none'}, and a look-up says ${told}`, async () => {
      const order = orderWith(`${directive}, hang`);

      expect(await wire.submit(order, channel())).toMatchObject({ outcome: 'unknown' });
      const made = await wire.rendersOf(order);
      expect(made).toMatchObject(isMade ? [{ clientReference: referenceIn(order, table) }] : []);

      const seen = await wire.lookUp(order, channel());
      expect(seen).toEqual(lookOf(told, made.map(table.handle ?? idAlone)));
      if (seen.outcome === 'found') expect(await wire.poll(seen.handle, channel())).toEqual(hangingOf(table));
    });
  }
}

function testPolls(wire: Wire, { order: orderWith, channel = wire.channel, looks, ...table }: WireTable): void {
  it('waits, and then runs', async () => {
    const waiting = await wire.accept(orderWith('queue=60000'), channel());
    const running = await wire.accept(orderWith('hang'), channel());

    expect(await wire.poll(waiting, channel())).toEqual(hasQueue(wire) ? { state: 'queued' } : hangingOf(table));
    expect(await wire.poll(running, channel())).toEqual(hangingOf(table));
  });

  for (const [directive, ending] of Object.entries(table.endings)) {
    it(`${directive} ends it as ${codeOf(ending)}`, async () => {
      const { end } = await wire.settle(await wire.accept(orderWith(directive), channel()), channel());

      expect(end).toEqual({ state: 'failed', failure: failureOf(ending) });
    });
  }

  for (const [directive, seen] of Object.entries(looks)) {
    it(`${directive} shows for one look and ends nothing`, async () => {
      const handle = await wire.accept(orderWith(`${directive}=1, hang`), channel());

      expect(await wire.poll(handle, channel())).toEqual(seen);
      expect(await wire.poll(handle, channel())).toEqual(hangingOf(table));
    });
  }

  it('what cannot be read changes nothing, however much of it', async () => {
    const directives = Object.keys(looks).map((directive) => `${directive}=1`);
    const handle = await wire.accept(orderWith(directives.join(', ')), channel());

    const seen = [];
    for (const _ of directives) seen.push(await wire.poll(handle, channel()));

    const { 'poll-429': limited, 'poll-5xx': broken, malformed, gone, 'unknown-status': odd } = looks;
    // The order is the simulator's.
    expect(seen).toEqual([limited, broken, malformed, gone, odd]);
    expect((await wire.settle(handle, channel())).end.state).toBe('succeeded');
  });

  if (!wire.adapter.capabilities.cancel) {
    it('cannot be cancelled', async () => {
      const handle = await wire.accept(orderWith('hang'), channel());

      expect(await wire.cancel(handle, channel())).toBe('unsupported');
    });
  }
}

function idAlone({ id }: Truth): Handle {
  return { id };
}

/** A callback's address ends in it. */
function referenceIn(
  { reference, callbackUrl }: SubmitInput,
  { carriesReference }: Pick<WireTable, 'carriesReference'>,
) {
  return carriesReference || callbackUrl !== null ? reference : null;
}

function hasQueue({ adapter }: Wire): boolean {
  return adapter.capabilities.queue !== false;
}

function hangingOf({ hanging = { state: 'running' } }: Pick<WireTable, 'hanging'>): object {
  return hanging;
}

function codeOf(ending: Ending): string {
  return typeof ending === 'string' ? ending : ending.code;
}

function failureOf(ending: Ending): unknown {
  return typeof ending === 'string' ? expect.objectContaining({ code: ending }) : ending;
}

function lookOf(told: LookupOutcome['outcome'], [handle]: readonly Handle[]): unknown {
  if (told === 'found') return { outcome: 'found', handle };
  return told === 'absent'
    ? { outcome: 'absent', settleMs: 60_000 }
    : { outcome: 'cannot_tell', reason: expect.any(String) };
}
