import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { type CallbackMessage, forgersSecret } from '../../callback/message.js';

type Pair = ReturnType<typeof newPair>;

const pairs: { own?: Pair; forgers?: Pair } = {};

function newPair() {
  return generateKeyPairSync('ed25519');
}

/** The set that callbacks can be verified with, as fal publishes its own. */
export function keySet() {
  return { keys: [(pairs.own ??= newPair()).publicKey.export({ format: 'jwk' })] };
}

/** Ed25519 over id, user, time and the digest of the body, in hex. */
export function signedByFal(
  message: CallbackMessage,
  { id, user, secret, now }: { id: string; user: string; secret: string; now: number },
): CallbackMessage {
  const { privateKey } = secret === forgersSecret ? (pairs.forgers ??= newPair()) : (pairs.own ??= newPair());
  const timestamp = String(Math.floor(now / 1000));
  const digest = createHash('sha256').update(message.body).digest('hex');
  const text = [id, user, timestamp, digest].join('\n');
  return {
    ...message,
    headers: {
      ...message.headers,
      'X-Fal-Webhook-Request-Id': id,
      'X-Fal-Webhook-User-Id': user,
      'X-Fal-Webhook-Timestamp': timestamp,
      'X-Fal-Webhook-Signature': sign(null, Buffer.from(text), privateKey).toString('hex'),
    },
  };
}
