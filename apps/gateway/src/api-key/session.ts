import { createHmac, timingSafeEqual } from 'node:crypto';

/** How long a session lives that nobody ends before. Milliseconds. */
export const sessionMs = 24 * 3600 * 1000;

const pattern = /^vgs_([0-9A-Za-z]{10})_([0-9a-z]{6,9})_([A-Za-z0-9_-]{43})$/;

/** A key as far as its sessions are concerned. */
export interface SessionKey {
  readonly id: string;
  readonly hash: Buffer;
}

export interface Session {
  readonly keyId: string;
  readonly expiresAt: Date;
  readonly signature: Buffer;
}

/**
 * Stands for a key for a while, without being it: names the key, says until when, and is signed. Nothing is stored, so a
 * session lives exactly as long as its key does, at most until its own end.
 */
export function writeSession(pepper: string, key: SessionKey, expiresAt: Date): string {
  const seconds = Math.floor(expiresAt.getTime() / 1000);
  return `vgs_${key.id}_${seconds.toString(36)}_${sign(pepper, key, seconds).toString('base64url')}`;
}

/** Undefined for what is not shaped like a session: it may be a key then. */
export function readSession(text: string): Session | undefined {
  const [, keyId, seconds, signature] = pattern.exec(text) ?? [];
  if (keyId === undefined || seconds === undefined || signature === undefined) return undefined;
  const expiresAt = new Date(Number.parseInt(seconds, 36) * 1000);
  return { keyId, expiresAt, signature: Buffer.from(signature, 'base64url') };
}

/** Was it made here, for this key? Whether it is over is another question. */
export function isGenuine(pepper: string, key: SessionKey, { keyId, expiresAt, signature }: Session): boolean {
  return keyId === key.id && timingSafeEqual(signature, sign(pepper, key, expiresAt.getTime() / 1000));
}

/** Under the key's own hash too: whoever reads the pepper alone cannot make one. The first word sets it apart from a key. */
function sign(pepper: string, { id, hash }: SessionKey, seconds: number): Buffer {
  return createHmac('sha256', pepper).update(`session ${id} ${seconds} `).update(hash).digest();
}
