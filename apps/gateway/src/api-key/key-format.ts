import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { type TaskMode } from '@videoapi/contracts';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const idLength = 10;
const secretLength = 32;
const checksumLength = 6;
const pattern = /^vga_(live|test)_([0-9A-Za-z]{10})([0-9A-Za-z]{32})([0-9A-Za-z]{6})$/;

export interface KeyText {
  readonly mode: TaskMode;
  /** Public: names the row, shown in lists. */
  readonly id: string;
  /** The whole key. Shown once, stored only as a keyed hash. */
  readonly text: string;
}

/** One word of 57 characters: a double click selects it, scanners know the prefix, the checksum catches typing errors. */
export function mintKey(mode: TaskMode, random: (size: number) => Uint8Array = randomBytes): KeyText {
  const id = base62(idLength, random);
  const body = `vga_${mode}_${id}${base62(secretLength, random)}`;
  return { mode, id, text: body + checksum(body) };
}

/** Undefined for anything that was never a key of ours: such noise is refused without a look at the database. */
export function parseKey(text: string): KeyText | undefined {
  const found = pattern.exec(text);
  if (found === null) return undefined;
  const [, mode, id = ''] = found;
  if (checksum(text.slice(0, -checksumLength)) !== text.slice(-checksumLength)) return undefined;
  return { mode: mode === 'live' ? 'live' : 'test', id, text };
}

/** What a list shows of a key. */
export function keyPrefix(mode: TaskMode, id: string): string {
  return `vga_${mode}_${id}`;
}

function checksum(body: string): string {
  let rest = crc32(body);
  let digits = '';
  for (let index = 0; index < checksumLength; index += 1) {
    digits = alphabet.charAt(rest % 62) + digits;
    rest = Math.floor(rest / 62);
  }
  return digits;
}

/** By rejection: 256 is no multiple of 62, so a plain modulo would make some characters likelier than others. */
function base62(length: number, random: (size: number) => Uint8Array): string {
  let text = '';
  while (text.length < length) {
    for (const byte of random(length * 2)) {
      if (byte < 248 && text.length < length) text += alphabet.charAt(byte % 62);
    }
  }
  return text;
}
