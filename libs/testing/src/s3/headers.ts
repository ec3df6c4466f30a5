import { type IncomingHttpHeaders } from 'node:http';
import { S3Error } from './error.js';

const kept = ['content-type', 'cache-control', 'content-disposition', 'content-language', 'expires'];

export function header(headers: IncomingHttpHeaders, name: string): string {
  const value = headers[name];
  return Array.isArray(value) ? value.join(',') : (value ?? '');
}

/** `If-None-Match: *`: write once. Other conditions on a write are not served. */
export function onlyIfAbsent(headers: IncomingHttpHeaders): boolean {
  const condition = headers['if-none-match'];
  if (headers['if-match'] !== undefined || (condition !== undefined && condition !== '*'))
    throw new S3Error('NotImplemented', 'a write takes If-None-Match: * only');
  return condition === '*';
}

/** The headers of a write that its later reads give back. */
export function objectHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const encoding = header(headers, 'content-encoding')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'aws-chunked')
    .join(',');
  const names = Object.keys(headers).filter((name) => kept.includes(name) || name.startsWith('x-amz-meta-'));
  return {
    'content-type': 'application/octet-stream',
    ...Object.fromEntries(names.map((name) => [name, header(headers, name)])),
    ...(encoding === '' ? {} : { 'content-encoding': encoding }),
  };
}

export function checksumHeaders(checksums: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(checksums).flatMap(([name, value]) =>
      value === undefined ? [] : [[`x-amz-checksum-${name}`, value]],
    ),
  );
}

export function quoted(etag: string): string {
  return `"${etag}"`;
}

export function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
