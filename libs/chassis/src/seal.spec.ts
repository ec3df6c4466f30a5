import { randomBytes } from 'node:crypto';
import { seal, sealingKey, unseal } from './seal.js';

const kek = randomBytes(32);

describe('seal', () => {
  it('opens for the same key and context, and hides what it holds', () => {
    const key = randomBytes(32);
    const sealed = seal(kek, 'endpoint_secret|ep_1|1|1', key);
    expect(unseal(kek, 'endpoint_secret|ep_1|1|1', sealed)).toEqual(key);
    expect(sealed.includes(key)).toBe(false);
    expect(seal(kek, 'endpoint_secret|ep_1|1|1', key)).not.toEqual(sealed);
  });

  it('does not open for another row, another key or changed bytes', () => {
    const sealed = seal(kek, 'endpoint_secret|ep_1|1|1', randomBytes(32));
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

it('a sealing key is 32 bytes', () => {
  expect(sealingKey.parse(kek.toString('base64'))).toEqual(kek);
  for (const wrong of ['', 'not base64!', randomBytes(16).toString('base64'), randomBytes(33).toString('base64')]) {
    expect(sealingKey.safeParse(wrong).success).toBe(false);
  }
});
