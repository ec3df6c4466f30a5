import { type PriceSpec } from '@videoapi/contracts';
import { sql } from '@videoapi/database';
import { type Ledger, openLedger } from './ledger.js';

const perSecond = (credits: number): PriceSpec => ({
  mode: 'per_second',
  rates: [{ resolution: null, audio: null, credits }],
});
const params = { resolution: '720p', durationMs: 10_000, audio: false };

describe('prices', () => {
  let ledger: Ledger;
  const apply = (prices: Record<string, PriceSpec>, priceList = 'default') =>
    ledger.prices.apply({ prices: Object.entries(prices).map(([model, price]) => ({ priceList, model, price })) });
  const quoted = async (model: string, accountId: string | null = null) =>
    (await ledger.prices.quote({ accountId, model, params })).amount;
  const count = async () =>
    Number((await sql<{ count: string }>(ledger.source, 'SELECT count(*) FROM price'))[0]?.count);

  beforeAll(async () => {
    ledger = await openLedger();
  });
  afterAll(() => ledger.close());

  // Each test writes the default list anew.
  it('are in force as soon as they are applied, and are new rows only where something changed', async () => {
    await apply({ a: perSecond(1), b: perSecond(2) });
    expect(await quoted('a')).toBe(10n);
    expect(await apply({ b: perSecond(2), a: perSecond(1) })).toEqual({ changed: 0 });
    const rows = await count();
    expect(await apply({ a: perSecond(3), b: perSecond(2) })).toEqual({ changed: 1 });
    expect(await quoted('a')).toBe(30n);
    expect(await count()).toBe(rows + 1);
  });

  it('end for a model that the list no longer has', async () => {
    await apply({ a: perSecond(1), b: perSecond(2) });
    expect(await apply({ a: perSecond(1) })).toEqual({ changed: 1 });
    await expect(ledger.prices.quote({ accountId: null, model: 'b', params })).rejects.toMatchObject({
      code: 'no_price',
    });
    expect(await ledger.prices.list({ accountId: null })).toEqual({ prices: [{ model: 'a', price: perSecond(1) }] });
    expect(await apply({ a: perSecond(1), b: perSecond(2) })).toEqual({ changed: 1 });
    expect(await quoted('b')).toBe(20n);
  });

  it('take turns: of two that are applied at once, one is in force as a whole', async () => {
    await Promise.all(
      Array.from({ length: 8 }, (_, index) => apply({ a: perSecond(index + 1), b: perSecond(index + 1) })),
    );
    expect(await quoted('a')).toBe(await quoted('b'));
  });

  it('may be other ones for some accounts', async () => {
    await apply({ a: perSecond(5), b: perSecond(5) });
    await apply({ a: perSecond(1) }, 'vip');
    await ledger.prices.setPriceList({ accountId: 'x', priceList: 'vip' });
    expect([await quoted('a', 'x'), await quoted('b', 'x'), await quoted('a', 'y')]).toEqual([10n, 50n, 50n]);
    expect((await ledger.prices.list({ accountId: 'x' })).prices).toHaveLength(2);
    const [verdict] = await ledger.billing.applyBatch([
      { action: 'place', taskId: 'vidgen_1000000000000_00000000', accountId: 'x', model: 'a', params },
    ]);
    expect(verdict).toEqual({ verdict: 'insufficient', required: 10n, available: 0n });
    await ledger.prices.setPriceList({ accountId: 'x', priceList: null });
    expect(await quoted('a', 'x')).toBe(50n);
    await expect(ledger.prices.setPriceList({ accountId: 'x', priceList: 'unknown' })).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it('are refused when one thing has two of them', async () => {
    const rows = await count();
    const twice = {
      mode: 'per_second',
      rates: [...Array(2)].map(() => ({ resolution: '1080p', audio: null, credits: 2 })),
    };
    await expect(apply({ a: twice as PriceSpec })).rejects.toMatchObject({ code: 'invalid_field' });
    const prices = [1, 2].map((credits) => ({ priceList: 'default', model: 'a', price: perSecond(credits) }));
    await expect(ledger.prices.apply({ prices })).rejects.toMatchObject({ code: 'invalid_field' });
    expect(await count()).toBe(rows);
  });

  it('are never changed once they are written', async () => {
    await apply({ a: perSecond(1) });
    await expect(sql(ledger.source, 'UPDATE price SET credits = 1')).rejects.toMatchObject({ code: '42501' });
    await expect(sql(ledger.source, 'DELETE FROM price')).rejects.toMatchObject({ code: '42501' });
  });
});
