import { hintOf, newKey, secretOf } from './secret.js';

describe('a secret', () => {
  it('has the length that the standard asks for, and a hint that gives nothing away', () => {
    const key = newKey();
    expect(Buffer.from(secretOf(key).slice('whsec_'.length), 'base64')).toEqual(key);
    expect(key.length).toBeGreaterThanOrEqual(24);
    expect(hintOf(key)).toHaveLength('whsec_…'.length + 5);
  });
});
