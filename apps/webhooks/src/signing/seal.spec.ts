import { randomBytes } from 'node:crypto';
import { seal, unseal } from './seal.js';
import { hintOf, newKey, secretOf } from './secret.js';

const kek = randomBytes(32);

describe('seal', () => {
  it('opens for the same key and context, and hides what it holds', () => {
    const key = newKey();
    const sealed = seal(kek, 'endpoint_secret|ep_1|1|1', key);
    expect(unseal(kek, 'endpoint_secret|ep_1|1|1', sealed)).toEqual(key);
    expect(sealed.includes(key)).toBe(false);
    expect(seal(kek, 'endpoint_secret|ep_1|1|1', key)).not.toEqual(sealed);
  });

  it('does not open for another row, another key or changed bytes', () => {
    const sealed = seal(kek, 'endpoint_secret|ep_1|1|1', newKey());
    expect(() => unseal(kek, 'endpoint_secret|ep_2|1|1', sealed)).toThrow();
    expect(() => unseal(randomBytes(32), 'endpoint_secret|ep_1|1|1', sealed)).toThrow();
    for (const index of [0, 13, sealed.length - 1]) {
      const changed = Buffer.from(sealed);
      changed.writeUInt8(changed.readUInt8(index) ^ 1, index);
      expect(() => unseal(kek, 'endpoint_secret|ep_1|1|1', changed)).toThrow();
    }
    expect(() => unseal(kek, 'endpoint_secret|ep_1|1|1', sealed.subarray(0, 20))).toThrow();
  });
});

describe('a secret', () => {
  it('has the length that the standard asks for, and a hint that gives nothing away', () => {
    const key = newKey();
    expect(Buffer.from(secretOf(key).slice('whsec_'.length), 'base64')).toEqual(key);
    expect(key.length).toBeGreaterThanOrEqual(24);
    expect(hintOf(key)).toHaveLength('whsec_…'.length + 5);
  });
});
