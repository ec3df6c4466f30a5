import { listedPrices, type ListedPrice, priceChanges } from './price-list.js';
import { type Price } from './price.js';

const perSecond: ListedPrice = {
  priceList: 'default',
  model: 'a',
  price: {
    mode: 'per_second',
    rates: [
      { resolution: '720p', audio: null, credits: 10 },
      { resolution: '1080p', audio: true, credits: 20 },
    ],
  },
};
const perCall: ListedPrice = { priceList: 'default', model: 'b', price: { mode: 'per_call', credits: 7 } };
const perToken: ListedPrice = {
  priceList: 'default',
  model: 'c',
  price: { mode: 'per_token', credits: 3, units: 1000 },
};

/** As the database would hold them once they are in force. */
function inForce(...wanted: ListedPrice[]): Price[] {
  return priceChanges([], wanted)
    .flat()
    .flatMap(({ mode, ...row }, index) => (mode === 'withdrawn' ? [] : [{ id: String(index), mode, ...row }]));
}

describe('a price list', () => {
  it('reads back as it was written', () => {
    const listed = listedPrices(inForce(perSecond, perCall, perToken), null);
    expect(listed).toEqual([perSecond, perCall, perToken].map(({ model, price }) => ({ model, price })));
  });

  it('changes nothing when it says the same, in whatever order', () => {
    expect(priceChanges([...inForce(perSecond, perCall)].reverse(), [perCall, perSecond])).toEqual([]);
  });

  it('gets a whole new set of rows for a model of which anything changed', () => {
    const dearer = { ...perCall, price: { mode: 'per_call', credits: 8 } } as const;
    const changes = priceChanges(inForce(perSecond, perCall), [perSecond, dearer]);
    expect(changes).toHaveLength(1);
    expect(changes[0]).toMatchObject([{ model: 'b', mode: 'per_call', credits: 8n }]);
    const [rows] = priceChanges(inForce(perSecond), [
      { ...perSecond, price: { mode: 'per_second', rates: [{ resolution: '720p', audio: null, credits: 10 }] } },
    ]);
    expect(rows).toMatchObject([{ model: 'a', resolution: '720p' }]);
  });

  it('withdraws a model that is no longer in it', () => {
    expect(priceChanges(inForce(perSecond, perCall), [perSecond])).toMatchObject([[{ model: 'b', mode: 'withdrawn' }]]);
  });

  it('shows an account its own prices, and the default ones for the rest', () => {
    const own = { ...perCall, priceList: 'vip', price: { mode: 'per_call', credits: 1 } } as const;
    const rows = inForce(perSecond, perCall, own);
    expect(listedPrices(rows, 'vip')).toContainEqual({ model: 'b', price: own.price });
    expect(listedPrices(rows, 'vip')).toContainEqual({ model: 'a', price: perSecond.price });
    expect(listedPrices(rows, 'vip')).toHaveLength(2);
    expect(listedPrices(rows, null)).toContainEqual({ model: 'b', price: perCall.price });
  });
});
