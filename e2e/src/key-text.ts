import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const checksumLength = 6;

/**
 * The same key with the checksum that belongs to it: what somebody can make who knows the form of a key and none of ours.
 * Without a right checksum a key is refused before anybody looks for it.
 */
export function withChecksum(key: string): string {
  const body = key.slice(0, -checksumLength);
  let rest = crc32(body);
  let digits = '';
  for (let index = 0; index < checksumLength; index += 1) {
    digits = alphabet.charAt(rest % alphabet.length) + digits;
    rest = Math.floor(rest / alphabet.length);
  }
  return body + digits;
}

/** `vga_live_`, ten characters of id, 32 of secret, six of checksum: with another id. */
export function withOtherId(key: string): string {
  return withChecksum(key.slice(0, 9) + otherWord(10) + key.slice(19));
}

export function withOtherSecret(key: string): string {
  return withChecksum(key.slice(0, 19) + otherWord(32) + key.slice(51));
}

function otherWord(length: number): string {
  return randomBytes(length).toString('hex').slice(0, length);
}
