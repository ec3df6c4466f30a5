import fc from 'fast-check';
import { type Price, type Quote, quoteFor, settle } from './price.js';

const params = { resolution: '720p', durationMs: 5_000, audio: false };

function price(row: Partial<Price> = {}): Price {
  return {
    id: '1',
    priceList: 'default',
    model: 'm',
    mode: 'per_second',
    resolution: null,
    audio: null,
    credits: 10n,
    units: 1000n,
    ...row,
  };
}

function amount(prices: readonly Price[], request = params, priceList: string | null = null): bigint | undefined {
  return quoteFor(prices, priceList, 'm', request)?.amount;
}

describe('a quote', () => {
  it('counts seconds in milliseconds and rounds up once, on the total', () => {
    expect(amount([price()])).toBe(50n);
    expect(amount([price()], { ...params, durationMs: 5_200 })).toBe(52n);
    expect(amount([price({ credits: 3n })], { ...params, durationMs: 5_200 })).toBe(16n); // 15.6, not 6 × 3 = 18
    expect(amount([price({ credits: 1n })], { ...params, durationMs: 1 })).toBe(1n);
  });

  it('is the price itself per call, whatever is rendered', () => {
    expect(amount([price({ mode: 'per_call', credits: 7n, units: 1n })], { ...params, durationMs: 60_000 })).toBe(7n);
  });

  it('counts tokens where there is an estimate, and is missing where there is none', () => {
    const perToken = price({ mode: 'per_token', credits: 100n, units: 1_000_000n });
    expect(quoteFor([perToken], null, 'm', { ...params, tokens: 10_001 })?.amount).toBe(2n);
    expect(amount([perToken])).toBeUndefined();
  });

  it('takes the most specific row: resolution before audio before any', () => {
    const rows = [
      price({ id: 'any', credits: 1n }),
      price({ id: 'audio', audio: true, credits: 2n }),
      price({ id: '720p', resolution: '720p', credits: 3n }),
      price({ id: 'both', resolution: '720p', audio: true, credits: 4n }),
    ];
    const idOf = (resolution: string, audio: boolean) =>
      quoteFor(rows, null, 'm', { ...params, resolution, audio })?.priceId;
    expect(idOf('720p', true)).toBe('both');
    expect(idOf('720p', false)).toBe('720p');
    expect(idOf('1080p', true)).toBe('audio');
    expect(idOf('1080p', false)).toBe('any');
  });

  it('is missing where no row fits: another model, resolution or sound', () => {
    expect(amount([price({ model: 'other' })])).toBeUndefined();
    expect(amount([price({ resolution: '1080p' })])).toBeUndefined();
    expect(amount([price({ audio: true })])).toBeUndefined();
  });

  it("takes the account's own list where that has the model, the default one elsewhere", () => {
    const rows = [price(), price({ priceList: 'vip', credits: 1n })];
    expect(amount(rows, params, 'vip')).toBe(5n);
    expect(amount(rows, params, 'empty')).toBe(50n);
    expect(amount(rows)).toBe(50n);
    // The list prices the model, only not at this resolution: not the default price by accident.
    expect(amount([price(), price({ priceList: 'vip', resolution: '1080p' })], params, 'vip')).toBeUndefined();
  });
});

describe('a settlement', () => {
  const quote: Quote = { amount: 50n, priceId: '1', mode: 'per_second', credits: 10n, units: 1000n };

  it('charges what was measured', () => {
    expect(settle(quote, { durationMs: 4_100 })).toEqual({ charged: 41n, loss: 0n, estimated: false });
  });

  it('never charges more than the quote; the difference is ours', () => {
    expect(settle(quote, { durationMs: 5_042 })).toEqual({ charged: 50n, loss: 1n, estimated: false });
  });

  it('stands at the quote when the usage that its price needs is missing', () => {
    expect(settle(quote, { tokens: 3 })).toEqual({ charged: 50n, loss: 0n, estimated: true });
    expect(settle({ ...quote, mode: 'per_call', credits: 50n, units: 1n }, {})).toMatchObject({ estimated: false });
  });

  it('of exactly what was quoted costs exactly the quote', () => {
    const positive = fc.integer({ min: 1, max: 1_000_000 });
    fc.assert(
      fc.property(positive, positive, positive, (durationMs, credits, units) => {
        const row = price({ credits: BigInt(credits), units: BigInt(units) });
        const made = quoteFor([row], null, 'm', { ...params, durationMs });
        if (made === undefined) throw new Error('priced');
        expect(settle(made, { durationMs }).charged).toBe(made.amount);
        // One credit less would not have paid for it.
        expect((made.amount - 1n) * BigInt(units)).toBeLessThan(BigInt(durationMs) * BigInt(credits));
      }),
    );
  });
});
