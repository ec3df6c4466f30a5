import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { GatewayRefusal } from './errors.js';

/** A request as it was received. */
export interface Received {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Hex SHA-256 of the body's bytes. */
  readonly bodyDigest: string;
}

const authorization =
  /^HMAC-SHA256 Credential=([^/,\s]+)\/(\d{8})\/([^/,\s]+)\/([^/,\s]+)\/request, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$/;
const mustBeSigned = ['host', 'x-content-sha256', 'x-date'];
/** GUESS: how far the clocks may be apart. Milliseconds. */
const toleranceMs = 15 * 60_000;

/** Who signed it, by Volcengine's Signature V4. Throws GatewayRefusal. */
export function signerOf(received: Received, secretOf: (accessKey: string) => string, nowMs: number): string {
  const header = (name: string) => String(received.headers[name] ?? '');
  const match = authorization.exec(header('authorization'));
  if (match === null) throw refusal('The request is not signed.');
  const [, accessKey = '', day = '', region = '', service = '', names = '', signature = ''] = match;
  if (region !== 'cn-north-1' || service !== 'cv') throw refusal('The credential is for another region or service.');
  const signedNames = names.split(';');
  if (!mustBeSigned.every((name) => signedNames.includes(name))) throw refusal('Host, date and body must be signed.');
  if (header('x-content-sha256') !== received.bodyDigest) throw refusal('X-Content-Sha256 is not that of the body.');
  const date = header('x-date');
  if (!date.startsWith(day) || !(Math.abs(momentOf(date) - nowMs) <= toleranceMs))
    throw refusal('X-Date is too far off.');

  const [path = '', query = ''] = received.url.split('?', 2);
  const canonical = [
    received.method,
    path,
    query.split('&').toSorted().join('&'),
    ...signedNames.map((name) => `${name}:${header(name).trim()}`),
    '',
    names,
    header('x-content-sha256'),
  ].join('\n');
  const scope = `${day}/${region}/${service}/request`;
  const digest = createHash('sha256').update(canonical).digest('hex');
  let key: Buffer | string = secretOf(accessKey);
  for (const part of [day, region, service, 'request', `HMAC-SHA256\n${date}\n${scope}\n${digest}`]) {
    key = createHmac('sha256', key).update(part).digest();
  }
  if (!timingSafeEqual(Buffer.from(signature, 'hex'), Buffer.from(key))) {
    throw refusal('The request signature we calculated does not match the signature you provided.');
  }
  return accessKey;
}

/** `20261121T000000Z`. */
function momentOf(date: string): number {
  const iso = date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z');
  return iso === date ? NaN : Date.parse(iso);
}

function refusal(message: string): GatewayRefusal {
  return new GatewayRefusal(401, 'SignatureDoesNotMatch', message);
}
