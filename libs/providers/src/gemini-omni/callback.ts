import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { CallbackVerifier, RawCallback } from '@videoapi/provider-kit';
import { z } from 'zod';
import { jsonOf } from '../json.js';

/** Older ones are replays. Milliseconds, both ways. */
const toleranceMs = 300_000;

/**
 * A dynamic webhook bears an RS256 JWT by Google, made out to the callback's own address. Google changes its keys as it
 * likes: one that is not among ours proves nothing and disproves nothing.
 */
export const geminiOmniCallback: CallbackVerifier = {
  verify(raw, secrets, now) {
    const keys = secrets.flatMap(keysIn);
    if (keys.length === 0) return 'hint';
    const { 'webhook-timestamp': timestamp = '', 'webhook-signature': signatures = '' } = raw.headers;
    if (!/^\d{1,12}$/.test(timestamp) || Math.abs(now - Number(timestamp) * 1000) > toleranceMs) return 'forged';
    const tokens = signatures.split(' ').flatMap(tokenIn);
    const fitting = tokens.flatMap((token) => keys.filter((key) => mayBe(key, token)).map((key) => ({ key, token })));
    if (tokens.length > 0 && fitting.length === 0) return 'hint';
    const isSigned = fitting.some(({ key, token }) => isSignedBy(key, token) && isMadeOutTo(raw, token.claims, now));
    return isSigned ? 'signed' : 'forged';
  },

  parse({ body }) {
    const event = eventSchema.safeParse(jsonOf(body)).data;
    return event === undefined ? {} : { upstreamId: event.data.id, status: event.type };
  },
};

const eventSchema = z.object({ type: z.string(), data: z.object({ id: z.string() }) });

interface Key {
  readonly id: string | undefined;
  readonly key: KeyObject;
}

const keySetSchema = z.object({
  keys: z.array(z.looseObject({ kid: z.string().optional(), kty: z.literal('RSA'), n: z.string(), e: z.string() })),
});

/** A key set as Google publishes it, or one key as PEM. */
function keysIn(secret: string): Key[] {
  try {
    const set = keySetSchema.safeParse(jsonOf(secret)).data;
    if (set === undefined) return [{ id: undefined, key: createPublicKey(secret) }];
    return set.keys.map(({ kid, kty, n, e }) => ({
      id: kid,
      key: createPublicKey({ key: { kty, n, e }, format: 'jwk' }),
    }));
  } catch {
    return [];
  }
}

const headerSchema = z.object({ alg: z.literal('RS256'), kid: z.string().optional() });
const claimsSchema = z.object({
  iss: z.enum(['accounts.google.com', 'https://accounts.google.com']),
  aud: z.union([z.string().transform((one) => [one]), z.array(z.string())]),
  exp: z.number().optional(),
});
type Claims = z.output<typeof claimsSchema>;

interface Token {
  readonly keyId: string | undefined;
  readonly signed: string;
  readonly signature: Buffer;
  readonly claims: Claims | undefined;
}

/** `header.payload.signature`, alone or after a version and a comma. */
function tokenIn(entry: string): Token[] {
  const [header, payload, signature, more] = entry.slice(entry.lastIndexOf(',') + 1).split('.');
  if (header === undefined || payload === undefined || signature === undefined || more !== undefined) return [];
  const parsed = headerSchema.safeParse(jsonOf(decoded(header))).data;
  if (parsed === undefined) return [];
  const claims = claimsSchema.safeParse(jsonOf(decoded(payload))).data;
  const bytes = Buffer.from(signature, 'base64url');
  return [{ keyId: parsed.kid, signed: `${header}.${payload}`, signature: bytes, claims }];
}

function decoded(part: string): string {
  return Buffer.from(part, 'base64url').toString();
}

function mayBe(key: Key, token: Token): boolean {
  return key.id === undefined || token.keyId === undefined || key.id === token.keyId;
}

function isSignedBy({ key }: Key, { signed, signature }: Token): boolean {
  return key.asymmetricKeyType === 'rsa' && verify('RSA-SHA256', Buffer.from(signed), key, signature);
}

/** For this address, and not too old. The host is what the outside calls us, which only Google was told. */
function isMadeOutTo({ path, query }: RawCallback, claims: Claims | undefined, now: number): boolean {
  if (claims === undefined || (claims.exp !== undefined && claims.exp * 1000 + toleranceMs < now)) return false;
  return claims.aud.some((audience) => {
    const url = URL.parse(audience);
    return url?.pathname === path && url.search.slice(1) === query;
  });
}
