import { randomBytes } from 'node:crypto';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const length = 22;

/**
 * `<prefix>_` and a UUIDv7 in 22 base62 digits: sorts by time of creation under the "C" collation, and has no character
 * that a signature scheme gives a meaning to.
 */
export function newId(prefix: 'ep' | 'msg' | 'dlv', nowMs = Date.now()): string {
  let rest = BigInt(`0x${uuidv7Bytes(nowMs).toString('hex')}`);
  let digits = '';
  for (let index = 0; index < length; index += 1) {
    digits = alphabet.charAt(Number(rest % 62n)) + digits;
    rest /= 62n;
  }
  return `${prefix}_${digits}`;
}

/** RFC 9562 version 7, in its usual spelling. */
export function newUuid(nowMs = Date.now()): string {
  const hex = uuidv7Bytes(nowMs).toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

function uuidv7Bytes(nowMs: number): Buffer {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(nowMs, 0, 6);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes;
}
