import { randomUUID } from 'node:crypto';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const length = 22;
/** So many digits make a number that counting in doubles still gets right, and far faster than counting in bigints. */
const step = 8;
const base = 62n ** BigInt(step);

/**
 * `<prefix>_` and a UUIDv7 in 22 base62 digits: sorts by time of creation under the "C" collation, and has no character
 * that a signature scheme gives a meaning to.
 */
export function newId(prefix: 'ep' | 'msg' | 'dlv', nowMs = Date.now()): string {
  const value = BigInt(`0x${uuidv7Hex(nowMs)}`);
  const digits = base62(value / base / base) + base62((value / base) % base) + base62(value % base);
  return `${prefix}_${digits.slice(-length)}`;
}

/** The last `step` digits, with leading zeros. */
function base62(value: bigint): string {
  let rest = Number(value);
  let digits = '';
  for (let index = 0; index < step; index += 1) {
    digits = alphabet.charAt(rest % 62) + digits;
    rest = Math.floor(rest / 62);
  }
  return digits;
}

/** RFC 9562 version 7, in its usual spelling. */
export function newUuid(nowMs = Date.now()): string {
  const hex = uuidv7Hex(nowMs);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** A version 4, of which Node keeps a stock, with the time in front: far cheaper than asking for fresh random bytes. */
function uuidv7Hex(nowMs: number): string {
  const random = randomUUID().replaceAll('-', '');
  return `${nowMs.toString(16).padStart(12, '0')}7${random.slice(13)}`;
}
