import { createHmac } from 'node:crypto';

/**
 * What is stored of a key. Not a slow hash: a key is random and long, so it cannot be guessed, and a slow one would cost
 * every call. The pepper lives outside the database, so a stolen table verifies nothing.
 */
export function hashKey(pepper: string, text: string): Buffer {
  return createHmac('sha256', pepper).update(text).digest();
}
