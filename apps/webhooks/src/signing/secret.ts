import { randomBytes } from 'node:crypto';

const keyBytes = 32;

export function newKey(): Buffer {
  return randomBytes(keyBytes);
}

/** As customers see it and as every Standard Webhooks library takes it. */
export function secretOf(key: Buffer): string {
  return `whsec_${key.toString('base64')}`;
}

/** Enough to tell two secrets apart, and nothing to sign with. */
export function hintOf(key: Buffer): string {
  return `whsec_…${secretOf(key).slice(-5)}`;
}
