import { generateKeyPair, generateKeyPairSync, sign } from 'node:crypto';
import { type CallbackMessage, forgersSecret } from '../../callback/message.js';

type Pair = ReturnType<typeof newPair>;

const keyId = 'simulator-1';
const size = { modulusLength: 2048 } as const;
const pairs: { own?: Pair; forgers?: Pair } = {};

function newPair() {
  return generateKeyPairSync('rsa', size);
}

/** Made when first needed. */
function ownPair(): Pair {
  return (pairs.own ??= newPair());
}

/** To be called some time before: making a key takes a moment, in which nothing else would be answered. */
export function prepareKey(): void {
  if (pairs.own !== undefined) return;
  generateKeyPair('rsa', size, (error, publicKey, privateKey) => {
    if (error === null) pairs.own ??= { publicKey, privateKey };
  });
}

/** The set that callbacks can be verified with, as Google publishes its own. */
export function keySet() {
  return { keys: [{ ...ownPair().publicKey.export({ format: 'jwk' }), kid: keyId, alg: 'RS256', use: 'sig' }] };
}

/** An RS256 JWT made out to the address, beside the headers of Standard Webhooks. */
export function signedByGoogle(message: CallbackMessage, secret: string, now: number, id: string): CallbackMessage {
  // A forger would take care to name the same key.
  const { privateKey } = secret === forgersSecret ? (pairs.forgers ??= newPair()) : ownPair();
  const seconds = Math.floor(now / 1000);
  const claims = { iss: 'accounts.google.com', aud: message.url, iat: seconds, exp: seconds + 300 };
  const text = [{ alg: 'RS256', kid: keyId, typ: 'JWT' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const signature = sign('RSA-SHA256', Buffer.from(text), privateKey).toString('base64url');
  return {
    ...message,
    headers: {
      ...message.headers,
      'webhook-id': id,
      'webhook-timestamp': String(seconds),
      'webhook-signature': `${text}.${signature}`,
    },
  };
}
