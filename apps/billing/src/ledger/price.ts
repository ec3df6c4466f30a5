import { type PriceParams, type PriceSpec, type Usage } from '@videoapi/contracts';

/** One row of a price list: `credits` per `units` of what its mode measures (calls, milliseconds, tokens). */
export interface Price {
  readonly id: string;
  readonly priceList: string;
  readonly model: string;
  readonly mode: PriceSpec['mode'];
  /** `null`: any. */
  readonly resolution: string | null;
  /** `null`: with or without. */
  readonly audio: boolean | null;
  readonly credits: bigint;
  readonly units: bigint;
}

/** The price frozen into a hold, and the most that can ever be charged for it. Settlement reads nothing else. */
export interface Quote {
  readonly amount: bigint;
  readonly priceId: string;
  readonly mode: PriceSpec['mode'];
  readonly credits: bigint;
  readonly units: bigint;
}

export interface Settlement {
  readonly charged: bigint;
  /** What the usage is worth beyond the hold: ours to bear, never a surprise to the customer. */
  readonly loss: bigint;
  /** The usage that the price needs was not reported: the quote stands. */
  readonly estimated: boolean;
}

export const defaultPriceList = 'default';
const millisecondsPerSecond = 1000n;

/** The quote for resolved parameters from the account's own list, else from the default one; undefined: no price, no task. */
export function quoteFor(
  prices: readonly Price[],
  priceList: string | null,
  model: string,
  params: PriceParams,
): Quote | undefined {
  const lists = priceList === null ? [defaultPriceList] : [priceList, defaultPriceList];
  for (const list of lists) {
    const price = mostSpecific(prices.filter((row) => row.priceList === list && row.model === model && fits(row, params)));
    const measured = price && measure(price.mode, params);
    if (price === undefined || measured === undefined) continue;
    const { id: priceId, mode, credits, units } = price;
    return { amount: creditsFor(measured, price), priceId, mode, credits, units };
  }
  return undefined;
}

/** What a finished task costs: the same computation on measured facts, at most the quote. */
export function settle(quote: Quote, usage: Usage): Settlement {
  const measured = measure(quote.mode, usage);
  const worth = measured === undefined ? quote.amount : creditsFor(measured, quote);
  const charged = worth < quote.amount ? worth : quote.amount;
  return { charged, loss: worth - charged, estimated: measured === undefined };
}

/** The rows that say what a catalogue's price says. */
export function priceRows(spec: PriceSpec): Pick<Price, 'mode' | 'resolution' | 'audio' | 'credits' | 'units'>[] {
  switch (spec.mode) {
    case 'per_call':
      return [{ mode: spec.mode, resolution: null, audio: null, credits: BigInt(spec.credits), units: 1n }];
    case 'per_token':
      return [{ mode: spec.mode, resolution: null, audio: null, credits: BigInt(spec.credits), units: BigInt(spec.units) }];
    case 'per_second':
      return spec.rates.map(({ resolution, audio, credits }) => ({
        mode: spec.mode,
        resolution,
        audio,
        credits: BigInt(credits),
        units: millisecondsPerSecond,
      }));
  }
}

/** Back from rows: `priceSpecOf(rows of priceRows(spec))` equals `spec`. */
export function priceSpecOf(rows: readonly [Price, ...Price[]]): PriceSpec {
  const [{ mode, credits, units }] = rows;
  switch (mode) {
    case 'per_call':
      return { mode, credits: Number(credits) };
    case 'per_token':
      return { mode, credits: Number(credits), units: Number(units) };
    case 'per_second':
      return {
        mode,
        rates: rows.map((row) => ({ resolution: row.resolution, audio: row.audio, credits: Number(row.credits) })),
      };
  }
}

/** Rounded up once, on the total: rounding a unit first would over-charge. */
function creditsFor(measured: bigint, { credits, units }: Pick<Price, 'credits' | 'units'>): bigint {
  return (measured * credits + units - 1n) / units;
}

function measure(mode: PriceSpec['mode'], { durationMs, tokens }: Usage): bigint | undefined {
  switch (mode) {
    case 'per_call':
      return 1n;
    case 'per_second':
      return durationMs === undefined ? undefined : BigInt(durationMs);
    case 'per_token':
      return tokens === undefined ? undefined : BigInt(tokens);
  }
}

function fits(price: Price, { resolution, audio }: PriceParams): boolean {
  return (
    (price.resolution === null || price.resolution === resolution) && (price.audio === null || price.audio === audio)
  );
}

/** A named resolution beats any, then a named audio beats any. */
function mostSpecific(prices: readonly Price[]): Price | undefined {
  const rank = (price: Price) => (price.resolution === null ? 0 : 2) + (price.audio === null ? 0 : 1);
  return prices.reduce<Price | undefined>(
    (best, price) => (best === undefined || rank(price) > rank(best) ? price : best),
    undefined,
  );
}
