import { randomUUID } from 'node:crypto';
import { type Call, type Part } from '../call/call.js';
import { type HttpRequest } from './http.js';
import { type FetchedFile, inlined } from './inline.js';

/** The call's address. @throws RangeError for a path that leads out of the base URL. */
export function urlOfCall(baseUrl: string, { path, query = {} }: Pick<Call, 'path' | 'query'>): URL {
  const base = new URL(baseUrl.replace(/\/+$/, ''));
  const url = new URL(base.href.replace(/\/+$/, '') + path);
  const isBelow = url.origin === base.origin && url.pathname.startsWith(base.pathname.replace(/\/+$/, '') + '/');
  if (!path.startsWith('/') || !isBelow) throw new RangeError('The path of a call leads out of its base URL.');
  for (const [name, values] of Object.entries(query)) {
    for (const value of [values].flat()) url.searchParams.append(name, value);
  }
  return url;
}

/** The request without its credential. Files are fetched here, before anything is sent. */
export async function encode(
  call: Call,
  baseUrl: string,
  fetchFile: (url: string) => Promise<FetchedFile>,
): Promise<HttpRequest> {
  const request = { method: call.method, url: urlOfCall(baseUrl, call) };
  const headers = { accept: 'application/json', ...lowerCased(call.headers ?? {}) };
  if (call.json !== undefined) {
    return {
      ...request,
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(await inlined(call.json, fetchFile)),
    };
  }
  if (call.form !== undefined) {
    const contentType = 'application/x-www-form-urlencoded';
    return {
      ...request,
      headers: { ...headers, 'content-type': contentType },
      body: new URLSearchParams(call.form).toString(),
    };
  }
  if (call.multipart === undefined) return { ...request, headers };
  const boundary = `videoapi-${randomUUID()}`;
  return {
    ...request,
    headers: { ...headers, 'content-type': `multipart/form-data; boundary=${boundary}` },
    body: await encodeParts(call.multipart, boundary, fetchFile),
  };
}

async function encodeParts(
  parts: readonly Part[],
  boundary: string,
  fetchFile: (url: string) => Promise<FetchedFile>,
): Promise<Buffer> {
  const chunks: (string | Uint8Array)[] = [];
  for (const part of parts) {
    chunks.push(`--${boundary}\r\ncontent-disposition: form-data; name="${quoted(part.name)}"`);
    if ('value' in part) {
      chunks.push(`\r\n\r\n${part.value}\r\n`);
      continue;
    }
    const { bytes, contentType } = await fetchFile(part.fileUrl);
    const filename = `${quoted(part.name)}.${extensionOf(contentType)}`;
    chunks.push(`; filename="${filename}"\r\ncontent-type: ${contentType}\r\n\r\n`, bytes, '\r\n');
  }
  chunks.push(`--${boundary}--\r\n`);
  return Buffer.concat(chunks.map((chunk) => (typeof chunk === 'string' ? Buffer.from(chunk) : chunk)));
}

function quoted(name: string): string {
  return name.replaceAll(/[\r\n"]/g, '_');
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/** Some providers go by the name of a file. */
function extensionOf(contentType: string): string {
  const subtype = /^(?:image|video|audio)\/([a-z0-9]{1,8})/.exec(contentType)?.[1];
  return subtype === undefined ? 'bin' : subtype === 'jpeg' ? 'jpg' : subtype;
}
