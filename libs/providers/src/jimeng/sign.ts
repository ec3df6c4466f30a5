import { createHash, createHmac } from 'node:crypto';
import { type Sign } from '@videoapi/provider-kit';

const region = 'cn-north-1';
const service = 'cv';
const signedNames = ['content-type', 'host', 'x-content-sha256', 'x-date'] as const;

/** Volcengine Signature V4: like Amazon's, but the secret key starts the chain without a prefix. */
export const signVolcengine: Sign = ({ method, url, headers, body }, secrets, nowMs) => {
  const date = new Date(nowMs).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const bodyHash = sha256(body);
  const values = {
    'content-type': headers['content-type'] ?? '',
    host: url.host,
    'x-content-sha256': bodyHash,
    'x-date': date,
  };
  const canonical = [
    method,
    url.pathname,
    canonicalQuery(url),
    ...signedNames.map((name) => `${name}:${values[name]}`),
    '',
    signedNames.join(';'),
    bodyHash,
  ].join('\n');
  const scope = `${date.slice(0, 8)}/${region}/${service}/request`;
  const text = `HMAC-SHA256\n${date}\n${scope}\n${sha256(canonical)}`;
  const key = [date.slice(0, 8), region, service, 'request'].reduce<Buffer | string>(mac, secrets['secretKey'] ?? '');
  const signature = mac(key, text).toString('hex');
  return {
    'x-date': date,
    'x-content-sha256': bodyHash,
    authorization: `HMAC-SHA256 Credential=${secrets['accessKey']}/${scope}, SignedHeaders=${signedNames.join(';')}, Signature=${signature}`,
  };
};

function canonicalQuery(url: URL): string {
  const query = new URLSearchParams(url.searchParams);
  query.sort();
  return [...query].map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&');
}

/** All but the unreserved characters. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
}

function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function mac(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
