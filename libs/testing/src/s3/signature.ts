import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { type IncomingHttpHeaders } from 'node:http';
import { S3Error } from './error.js';
import { header } from './headers.js';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface SignedRequest {
  readonly method: string;
  /** Path and query as sent. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

const skewMs = 15 * 60_000;
const longestExpirySeconds = 7 * 24 * 3_600;

/**
 * Verifies Signature Version 4, in the header or in the query (presigned), as S3 does: credentials, age or expiry, and
 * every signed header. Returns the payload hash that was signed: hex, `UNSIGNED-PAYLOAD` or `STREAMING-…`.
 */
export function verifySignature(request: SignedRequest, credentials: Credentials, now: number): string {
  const [path = '', search = ''] = request.url.split('?', 2);
  const query = new URLSearchParams(search);
  const claim = query.has('X-Amz-Signature') ? claimInQuery(query, now) : claimInHeader(request.headers, now);

  const [accessKeyId, day = '', region = '', service = ''] = claim.credential.split('/');
  if (accessKeyId !== credentials.accessKeyId) throw new S3Error('InvalidAccessKeyId');
  if (!claim.date.startsWith(day) || !claim.signedHeaders.split(';').includes('host'))
    throw new S3Error('SignatureDoesNotMatch');

  const canonical = [
    request.method,
    canonicalPath(path),
    canonicalQuery(query),
    canonicalHeaders(request.headers, claim.signedHeaders),
    claim.signedHeaders,
    claim.payloadHash,
  ].join('\n');
  const scope = `${day}/${region}/${service}/aws4_request`;
  const digest = createHash('sha256').update(canonical).digest('hex');
  const key = signingKey(credentials.secretAccessKey, scope);
  const expected = hmac(key, `AWS4-HMAC-SHA256\n${claim.date}\n${scope}\n${digest}`);
  const given = Buffer.from(claim.signature, 'hex');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw new S3Error('SignatureDoesNotMatch');
  return claim.payloadHash;
}

let lastKey: { readonly of: string; readonly key: string | Buffer } | undefined;

/** Four HMACs that are the same for a whole day, so the last one is kept. */
function signingKey(secretAccessKey: string, scope: string): string | Buffer {
  const of = `AWS4${secretAccessKey}/${scope}`;
  if (lastKey?.of !== of) {
    const key = scope
      .split('/')
      .reduce<string | Buffer>((secret, part) => hmac(secret, part), `AWS4${secretAccessKey}`);
    lastKey = { of, key };
  }
  return lastKey.key;
}

interface Claim {
  readonly credential: string;
  readonly signedHeaders: string;
  readonly signature: string;
  readonly date: string;
  readonly payloadHash: string;
}

function claimInHeader(headers: IncomingHttpHeaders, now: number): Claim {
  if (headers.authorization === undefined) throw new S3Error('AccessDenied');
  const pattern = /^AWS4-HMAC-SHA256 Credential=([^,]+),\s*SignedHeaders=([^,]+),\s*Signature=([0-9a-f]+)$/;
  const [, credential, signedHeaders, signature] = pattern.exec(headers.authorization) ?? [];
  const date = header(headers, 'x-amz-date');
  const payloadHash = header(headers, 'x-amz-content-sha256');
  if (credential === undefined || signedHeaders === undefined || signature === undefined || payloadHash === '')
    throw new S3Error('AuthorizationHeaderMalformed');
  if (!(Math.abs(now - parseDate(date)) <= skewMs)) throw new S3Error('RequestTimeTooSkewed');
  return { credential, signedHeaders, signature, date, payloadHash };
}

function claimInQuery(query: URLSearchParams, now: number): Claim {
  const value = (name: string): string => query.get(`X-Amz-${name}`) ?? '';
  const date = value('Date');
  const expiresSeconds = Number(value('Expires'));
  if (!(expiresSeconds >= 1 && expiresSeconds <= longestExpirySeconds)) throw new S3Error('InvalidArgument');
  const issued = parseDate(date);
  if (!(now <= issued + expiresSeconds * 1_000)) throw new S3Error('AccessDenied', 'Request has expired');
  if (issued > now + skewMs) throw new S3Error('AccessDenied', 'Request is not valid yet');
  return {
    credential: value('Credential'),
    signedHeaders: value('SignedHeaders'),
    signature: value('Signature'),
    date,
    payloadHash: query.get('X-Amz-Content-Sha256') ?? 'UNSIGNED-PAYLOAD',
  };
}

function canonicalPath(path: string): string {
  return path
    .split('/')
    .map((segment) => encode(decodeURIComponent(segment)))
    .join('/');
}

function canonicalQuery(query: URLSearchParams): string {
  return [...query]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&');
}

function canonicalHeaders(headers: IncomingHttpHeaders, signedHeaders: string): string {
  return signedHeaders
    .split(';')
    .map((name) => `${name}:${header(headers, name).trim().replace(/\s+/g, ' ')}\n`)
    .join('');
}

/** RFC 3986, which is stricter than `encodeURIComponent`. */
export function encode(value: string): string {
  return encodeURIComponent(value).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** `20260131T235959Z` → milliseconds, NaN when it is anything else. */
function parseDate(date: string): number {
  return Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}

function hmac(key: string | Buffer, value: string): Buffer {
  return createHmac('sha256', key).update(value).digest();
}
