import { keyPrefix, mintKey, parseKey } from './key-format.js';

describe('an API key', () => {
  it('is one word of 57 characters that says what it is', () => {
    const key = mintKey('live');
    expect(key.text).toMatch(/^vga_live_[0-9A-Za-z]{48}$/);
    expect(parseKey(key.text)).toEqual(key);
    expect(key.text.startsWith(keyPrefix('live', key.id))).toBe(true);
    expect(mintKey('test').text.startsWith('vga_test_')).toBe(true);
  });

  it('is never made twice', () => {
    expect(new Set(Array.from({ length: 1_000 }, () => mintKey('live').id)).size).toBe(1_000);
  });

  it('has the checksum that it always had', () => {
    // Keys in customers' hands: a change of the algorithm would lock them all out.
    const { text } = mintKey('live', (size) => new Uint8Array(size).fill(10));
    expect(text).toBe(`vga_live_${'A'.repeat(42)}${text.slice(-6)}`);
    expect(text.slice(-6)).toBe('3lr3JY');
  });

  it('shows every typing error of one character', () => {
    const { text } = mintKey('live');
    for (let at = 9; at < text.length; at += 1) {
      const other = text[at] === 'x' ? 'y' : 'x';
      expect(parseKey(text.slice(0, at) + other + text.slice(at + 1))).toBeUndefined();
    }
  });

  it.each([
    '',
    'vga_live_',
    'sk-1234',
    `vga_prod_${'A'.repeat(48)}`,
    `${mintKey('live').text} `,
    `${mintKey('live').text}A`,
  ])('is not %p', (text) => {
    expect(parseKey(text)).toBeUndefined();
  });

  it('moves to the other mode only with a new checksum', () => {
    expect(parseKey(mintKey('test').text.replace('test', 'live'))).toBeUndefined();
  });

  it('takes no byte that would make some characters likelier: 248 to 255 are thrown away', () => {
    const calls: number[] = [];
    const { text } = mintKey('live', (size) => {
      calls.push(size);
      // Only rejected bytes first; then zeros.
      return new Uint8Array(size).fill(calls.length % 2 === 1 ? 248 : 0);
    });
    expect(text.slice(9, 51)).toBe('0'.repeat(42));
    expect(calls.length).toBe(4);
  });
});
