import { catalog } from './catalog.js';

const model = {
  id: 'm',
  name: 'M',
  capabilities: { types: ['text-to-video'], resolutions: ['720p'], durations: { values: [5] }, aspectRatios: ['16:9'] },
  defaults: { resolution: '720p', duration: 5, aspectRatio: '16:9' },
  price: { mode: 'per_call', credits: 10 },
  routes: [{ channel: 'c', upstreamModel: 'up' }],
};
const valid = {
  channels: [{ id: 'c', provider: 'simulator', baseUrl: 'http://127.0.0.1:1' }],
  sandboxChannel: 'c',
  models: [model],
};

describe('catalog', () => {
  it('fills in what may be left out', () => {
    const parsed = catalog.parse(valid);

    expect(parsed.models[0]?.deadlines.total).toBe(7200);
    expect(parsed.models[0]?.capabilities.maxImages).toBe(0);
    expect(parsed.channels[0]?.enabled).toBe(true);
  });

  it.each([
    ['a route to nowhere', { ...valid, models: [{ ...model, routes: [{ channel: 'x', upstreamModel: 'up' }] }] }],
    ['two models of one name', { ...valid, models: [model, model] }],
    ['a sandbox that is not there', { ...valid, sandboxChannel: 'x' }],
    ['an unknown successor', { ...valid, models: [{ ...model, successor: 'x' }] }],
    ['a price of zero', { ...valid, models: [{ ...model, price: { mode: 'per_call', credits: 0 } }] }],
    ['a credential in clear', { ...valid, channels: [{ ...valid.channels[0], credentials: { apiKey: 'sk-secret' } }] }],
  ])('refuses %s', (_, value) => {
    expect(catalog.safeParse(value).success).toBe(false);
  });
});
