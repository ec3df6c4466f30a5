import { type Handle } from '@videoapi/contracts';
import { type LookupOutcome, type SubmitInput } from '@videoapi/provider-kit';
import { eventually } from '@videoapi/testing';
import { type Truth } from './stand-in.js';
import { type Wire } from './wire.js';
import { type Ending, oddLooks, type WireTable } from './wire-table.js';

/**
 * The contract of every adapter with the wire that plays its provider: orders are understood and rendered, and each kind of
 * trouble comes to what the table says. Call it in `<name>.int.spec.ts`, beside the tests of what that provider alone does.
 */
export function testWire(name: string, wire: Wire, table: WireTable): void {
  describe(name, () => {
    testRenders(wire, table);
    testRefusals(wire, table);
    testLostAnswers(wire, table);
    testPolls(wire, table);
  });
}

function testRenders(wire: Wire, { film, modes, handle = idAlone, ...table }: WireTable): void {
  it('renders what was ordered', async () => {
    const order = film.order('queue=500, slow=1000');
    const accepted = await wire.accept(order);

    const { end, states } = await wire.settle(accepted);

    // Whatever is seen of it in passing comes in this order; a test of its own shows each of them stand still.
    const life = hasQueue(wire) ? ['queued', 'running', 'succeeded'] : ['running', 'succeeded'];
    expect(states).toEqual(life.filter((state) => states.some((seen) => seen === state)));
    expect(end.state).toBe('succeeded');
    expect(end).toMatchObject(film.shows ?? {});
    const { width, height, hasAudio, isLate = false } = film;
    const watched = await eventually(() => wire.watch(end), { timeoutMs: isLate ? 30_000 : 0, message: 'the film' });
    expect(watched).toMatchObject({ width, height, hasAudio, complaints: '' });
    expect(watched.seconds).toBeCloseTo(film.seconds, 0);
    const [made, ...more] = await wire.rendersOf(order);
    if (made === undefined) throw new Error('nobody made it');
    expect([accepted, more]).toEqual([handle(made), []]);
    expect(made.id).toMatch(film.id ?? /./);
  });

  for (const [mode, [order, traits]] of Object.entries(modes)) {
    it(`understands ${mode}`, async () => {
      const accepted = await wire.accept(order);

      const { callbackUrl } = order;
      const clientReference = referenceIn(order, table);
      expect(await wire.rendersOf(order)).toMatchObject([{ clientReference, callbackUrl, ...traits }]);
      expect((await wire.settle(accepted)).end.state).toBe('succeeded');
    });
  }
}

function testRefusals(wire: Wire, { order: orderWith, wrongKeys, refusals, lacks }: WireTable): void {
  const isRefused = async (order: SubmitInput, ending: Ending, channel = wire.channel()) => {
    expect(await wire.submit(order, channel)).toEqual({ outcome: 'refused', failure: failureOf(ending) });
    expect(await wire.rendersOf(order)).toEqual([]);
  };

  for (const [what, changes] of Object.entries(wrongKeys)) {
    it(`${what} closes the channel, and nothing was made`, () =>
      isRefused(orderWith(), 'channel_credentials', wire.channel(changes)));
  }

  for (const [directive, ending] of Object.entries(refusals)) {
    it(`${directive} is refused as ${codeOf(ending)}, and nothing was made`, () =>
      isRefused(orderWith(directive), ending));
  }

  for (const [what, [order, ending]] of Object.entries(lacks)) {
    it(`${what} is refused as ${codeOf(ending)}, and nothing was made`, () => isRefused(order, ending));
  }
}

function testLostAnswers(wire: Wire, { lostAnswers, handle = idAlone, ...table }: WireTable): void {
  for (const [directive, told] of Object.entries(lostAnswers)) {
    const isMade = directive.startsWith('accept-then-');
    it(`${directive} leaves it unknown with ${isMade ? 'one render' : 'none'}, and a look-up says ${told}`, async () => {
      const order = table.order(`${directive}, hang`);

      const submit = directive.endsWith('timeout') ? wire.submitUnanswered : wire.submit;
      expect(await submit(order)).toMatchObject({ outcome: 'unknown' });
      const made = await wire.rendersOf(order);
      expect(made).toMatchObject(isMade ? [{ clientReference: referenceIn(order, table) }] : []);

      const seen = await wire.lookUp(order);
      expect(seen).toEqual(lookOf(told, made.map(handle), table));
      if (seen.outcome === 'found') expect(await wire.poll(seen.handle)).toEqual(hangingOf(table));
    });
  }
}

function testPolls(wire: Wire, { order: orderWith, endings, looks, ...table }: WireTable): void {
  it('waits, and then runs', async () => {
    const waiting = await wire.accept(orderWith('queue=60000'));
    const running = await wire.accept(orderWith('hang'));

    expect(await wire.poll(waiting)).toEqual(hasQueue(wire) ? { state: 'queued' } : hangingOf(table));
    expect(await wire.poll(running)).toEqual(hangingOf(table));
  });

  for (const [directive, ending] of Object.entries(endings)) {
    it(`${directive} ends it as ${codeOf(ending)}`, async () => {
      const { end } = await wire.settle(await wire.accept(orderWith(directive)));

      expect(end).toEqual({ state: 'failed', failure: failureOf(ending) });
    });
  }

  for (const directive of oddLooks) {
    it(`${directive} shows for one look and ends nothing`, async () => {
      const handle = await wire.accept(orderWith(`${directive}=1, hang`));

      expect(await wire.poll(handle)).toEqual(looks[directive]);
      expect(await wire.poll(handle)).toEqual(hangingOf(table));
    });
  }

  it('what cannot be read changes nothing, one look after the other', async () => {
    const handle = await wire.accept(orderWith(oddLooks.map((directive) => `${directive}=1`).join(', ')));

    const seen = [];
    while (seen.length < oddLooks.length) seen.push(await wire.poll(handle));

    expect(seen).toEqual(oddLooks.map((directive) => looks[directive]));
    expect((await wire.settle(handle)).end.state).toBe('succeeded');
  });

  if (!wire.adapter.capabilities.cancel) {
    it('cannot be cancelled', async () => {
      expect(await wire.cancel(await wire.accept(orderWith('hang')))).toBe('unsupported');
    });
  }
}

function idAlone({ id }: Truth): Handle {
  return { id };
}

/** Our reference, where anything of the order carries it: a callback's address ends in it. */
function referenceIn(order: SubmitInput, { carriesReference }: Pick<WireTable, 'carriesReference'>): string | null {
  return carriesReference || order.callbackUrl !== null ? order.reference : null;
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

function lookOf(
  told: LookupOutcome['outcome'],
  [handle]: readonly Handle[],
  { settleMs = 60_000 }: Pick<WireTable, 'settleMs'>,
): unknown {
  if (told === 'found') return { outcome: 'found', handle };
  if (told === 'absent') return { outcome: 'absent', settleMs };
  return { outcome: 'cannot_tell', reason: expect.any(String) };
}
