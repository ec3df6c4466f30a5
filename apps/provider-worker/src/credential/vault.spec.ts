import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { Vault } from './vault.js';

const [key, next] = [randomBytes(32), randomBytes(32)];
const secret = 'sk-0123456789abcdef';

function vaultOf(...keys: Buffer[]) {
  const lines: object[] = [];
  return { vault: new Vault(keys, { error: (line: object) => void lines.push(line) }), lines };
}

it('opens what it sealed, for the same channel and name only', () => {
  const { vault, lines } = vaultOf(key);
  const { sealed } = vault.seal('one', 'apiKey', secret);

  expect(vault.open('one', 'apiKey', sealed)).toBe(secret);
  expect(vault.open('two', 'apiKey', sealed)).toBeUndefined();
  expect(vault.open('two', 'apiKey', sealed)).toBeUndefined();
  expect(vault.open('one', 'secretKey', sealed)).toBeUndefined();
  // Each place once, however many calls meet it.
  expect(lines).toMatchObject([
    { event: 'credential_unreadable', channelId: 'two', credential: 'apiKey' },
    { event: 'credential_unreadable', channelId: 'one', credential: 'secretKey' },
  ]);
  expect(JSON.stringify(lines)).not.toContain(sealed);
});

it('opens with every key it has, seals with the first, and opens nothing without', () => {
  const old = vaultOf(key).vault.seal('one', 'apiKey', secret);
  const { vault } = vaultOf(next, key);
  const renewed = vault.seal('one', 'apiKey', secret);

  expect([old, renewed].map(({ sealed }) => vault.open('one', 'apiKey', sealed))).toEqual([secret, secret]);
  expect(vaultOf(key).vault.open('one', 'apiKey', renewed.sealed)).toBeUndefined();
  expect(vaultOf().vault.open('one', 'apiKey', old.sealed)).toBeUndefined();
  expect(() => vaultOf().vault.seal('one', 'apiKey', secret)).toThrow(expect.objectContaining({ code: 'unavailable' }));
});

it('shows equal secrets as equal, and of a short one nothing', () => {
  const { vault } = vaultOf(key);
  const [one, again] = [vault.seal('one', 'apiKey', secret), vault.seal('two', 'other', secret)];

  expect(one).toMatchObject({ fingerprint: again.fingerprint, lastFour: 'cdef' });
  expect(one.sealed).not.toBe(again.sealed);
  expect(vault.seal('one', 'apiKey', `${secret}!`).fingerprint).not.toBe(one.fingerprint);
  expect(vault.seal('one', 'apiKey', 'short-one').lastFour).toBe('');
});

it('says nothing of a secret that is not its end', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 12, maxLength: 200 }), (text) => {
      const { vault } = vaultOf(key);
      const shown = vault.seal('one', 'apiKey', text);
      expect(vault.open('one', 'apiKey', shown.sealed)).toBe(text.toWellFormed());
      expect(JSON.stringify(shown)).not.toContain(JSON.stringify(text).slice(1, 12));
    }),
  );
});

it.each(['', 'sealed:', 'sealed::', 'sealed:00000000:AAAA', 'sealed:x', 'env:KEY', 'sealed:a:b:c'])(
  'does not open %p',
  (text) => {
    expect(vaultOf(key).vault.open('one', 'apiKey', text)).toBeUndefined();
  },
);
