import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { z } from 'zod';

const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;

/** A key-encryption key in an environment variable: 32 bytes, base64. */
export const sealingKey = z
  .base64()
  .refine((text) => Buffer.from(text, 'base64').length === keyBytes, 'must be 32 bytes')
  .transform((text) => Buffer.from(text, 'base64'));

/** AES-256-GCM: nonce, ciphertext, tag. `context` says what the plaintext belongs to; it opens only there. */
export function seal(kek: Buffer, context: string, plaintext: Buffer): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', kek, nonce).setAAD(Buffer.from(context));
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** @throws when the bytes were changed, or were sealed with another key or for another context. */
export function unseal(kek: Buffer, context: string, sealed: Buffer): Buffer {
  const nonce = sealed.subarray(0, nonceBytes);
  const tag = sealed.subarray(sealed.length - tagBytes);
  const decipher = createDecipheriv('aes-256-gcm', kek, nonce, { authTagLength: tagBytes });
  decipher.setAAD(Buffer.from(context)).setAuthTag(tag);
  return Buffer.concat([decipher.update(sealed.subarray(nonceBytes, sealed.length - tagBytes)), decipher.final()]);
}
