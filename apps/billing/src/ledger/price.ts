import { defaultPriceList, type PriceParams, type PriceSpec, type Usage } from '@videoapi/contracts';

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

/** The rows that an account pays by: its own list's where that has the model, the default one's elsewhere. */
export function effectivePrices(prices: readonly Price[], priceList: string | null): Price[] {
  const own = new Set(prices.filter((price) => price.priceList === priceList).map((price) => price.model));
  return prices.filter((price) => price.priceList === (own.has(price.model) ? priceList : defaultPriceList));
}

/** The quote for resolved parameters; undefined: no price, no task. */
export function quoteFor(
  prices: readonly Price[],
  priceList: string | null,
  model: string,
  params: PriceParams,
): Quote | undefined {
  const rows = prices.filter((price) => price.model === model);
  const price = mostSpecific(effectivePrices(rows, priceList).filter((row) => fits(row, params)));
  const measured = price && measure(price.mode, params);
  if (price === undefined || measured === undefined) return undefined;
  const { id: priceId, mode, credits, units } = price;
  return { amount: creditsFor(measured, price), priceId, mode, credits, units };
}

/** What a finished task costs: the same computation on measured facts, at most the quote. */
export function settle(quote: Quote, usage: Usage): Settlement {
  const measured = measure(quote.mode, usage);
  const worth = measured === undefined ? quote.amount : creditsFor(measured, quote);
  const charged = worth < quote.amount ? worth : quote.amount;
  return { charged, loss: worth - charged, estimated: measured === undefined };
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
