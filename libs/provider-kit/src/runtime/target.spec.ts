import { baseUrlOf, targetOf } from './target.js';

const adapter = { capabilities: { hosts: { oauth: 'https://oauth.example', storage: 'https://storage.example' } } };
const channel = { id: 'one', provider: 'test', baseUrl: 'https://api.example', credentials: {}, options: {} };

function targetAt(options: Record<string, unknown> = {}) {
  return targetOf({ capabilities: { ...capabilities, ...adapter.capabilities } }, { ...channel, options });
}

it('is the base URL unless a call names a host', () => {
  expect(baseUrlOf(targetAt(), {})).toBe('https://api.example');
  expect(baseUrlOf(targetAt(), { host: 'oauth' })).toBe('https://oauth.example');
});

it('a channel moves a host, and only one that the adapter declares', () => {
  const target = targetAt({ hosts: { oauth: 'http://127.0.0.1:1/oauth', evil: 'https://evil.example', storage: 7 } });

  expect(baseUrlOf(target, { host: 'oauth' })).toBe('http://127.0.0.1:1/oauth');
  expect(baseUrlOf(target, { host: 'storage' })).toBe('https://storage.example');
  for (const host of ['evil', 'constructor', '__proto__', '']) {
    expect(() => baseUrlOf(target, { host })).toThrow(RangeError);
  }
});

it.each([null, 'x', 7, []])('options.hosts %p moves nothing', (hosts) => {
  expect(baseUrlOf(targetAt({ hosts }), { host: 'oauth' })).toBe('https://oauth.example');
});

const capabilities = {
  provider: 'test',
  modes: [],
  completion: 'poll',
  cancel: false,
  lookup: false,
  batchPoll: false,
  resultNeedsKey: false,
  resultTtlSeconds: null,
  usage: 'nothing',
  providerOptions: [],
  notes: [],
} as const;
