import { type Minted, tokenKey, Tokens } from './tokens.js';

let now: number;
let tokens: Tokens;
let mints = 0;

beforeEach(() => {
  now = 0;
  mints = 0;
  tokens = new Tokens(() => now);
});

/** A mint that gives `t1`, `t2`, … or whatever it is told to. */
function mint(answer?: Minted): () => Promise<Minted> {
  return () => {
    mints += 1;
    return Promise.resolve(answer ?? { token: `t${mints}`, livesMs: 1_000 });
  };
}

const failure = { failure: { code: 'rate_limited', message: 'slow down' } } as const;

it('mints once for all who ask at once, and once per life', async () => {
  const asked = await Promise.all(Array.from({ length: 20 }, () => tokens.obtain('a', mint())));
  expect(new Set(asked.map((token) => 'value' in token && token.value))).toEqual(new Set(['t1']));

  now = 899;
  expect(await tokens.obtain('a', mint())).toEqual({ key: 'a', value: 't1' });
  now = 900;
  expect(await tokens.obtain('a', mint())).toEqual({ key: 'a', value: 't2' });
  expect(mints).toBe(2);
});

it('counts a life from before the mint, which may take a while', async () => {
  await tokens.obtain('a', async () => {
    now = 500;
    return { token: 't', livesMs: 1_000 };
  });
  now = 901;
  expect(await tokens.obtain('a', mint())).toEqual({ key: 'a', value: 't1' });
});

it('keeps tokens of different keys apart', async () => {
  await tokens.obtain('a', mint());
  expect(await tokens.obtain('b', mint())).toEqual({ key: 'b', value: 't2' });
});

it('a failed renewal leaves the token that still lives; after its life the failure is told', async () => {
  await tokens.obtain('a', mint());
  now = 950;
  expect(await tokens.obtain('a', mint(failure))).toEqual({ key: 'a', value: 't1' });
  now = 1_000;
  expect(await tokens.obtain('a', mint(failure))).toEqual(failure);
  expect(mints).toBe(3);
});

it('a failure is not kept', async () => {
  expect(await tokens.obtain('a', mint(failure))).toEqual(failure);
  expect(await tokens.obtain('a', mint())).toEqual({ key: 'a', value: 't2' });
});

it('drops the token that was refused, never the one that has taken its place', async () => {
  const first = await tokens.obtain('a', mint());
  if (!('value' in first)) throw new Error('no token');
  tokens.drop(first);
  const second = await tokens.obtain('a', mint());
  tokens.drop(first);

  expect(await tokens.obtain('a', mint())).toEqual(second);
  expect(mints).toBe(2);
});

it.each([0, -1, Number.NaN])('a life of %p is good for those who wait for it and no more', async (livesMs) => {
  expect(await tokens.obtain('a', mint({ token: 'once', livesMs }))).toEqual({ key: 'a', value: 'once' });
  expect(await tokens.obtain('a', mint())).toEqual({ key: 'a', value: 't2' });
});

it('another channel, place, name or secret is another key, and the key tells none of them', () => {
  const channel = { id: 'one', provider: 'test', baseUrl: 'https://api.example', credentials: {}, options: {} };
  const keys = [
    tokenKey(channel, 'n', { a: 'secret' }),
    tokenKey({ ...channel, id: 'two' }, 'n', { a: 'secret' }),
    tokenKey({ ...channel, baseUrl: 'https://other.example' }, 'n', { a: 'secret' }),
    tokenKey({ ...channel, options: { hosts: { oauth: 'https://o.example' } } }, 'n', { a: 'secret' }),
    tokenKey(channel, 'm', { a: 'secret' }),
    tokenKey(channel, 'n', { a: 'rotated' }),
  ];

  expect(new Set(keys).size).toBe(keys.length);
  expect(tokenKey({ ...channel, options: { profile: 'x' } }, 'n', { a: 'secret' })).toBe(keys[0]);
  expect(keys.join()).not.toContain('secret');
});
