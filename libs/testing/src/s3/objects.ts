import { type IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import { readBody } from './body.js';
import { S3Error } from './error.js';
import { checksumHeaders, header, isoTime, objectHeaders, onlyIfAbsent, quoted } from './headers.js';
import { type Call, type Reply } from './operation.js';
import { type StoredObject } from './store.js';
import { document, element } from './xml.js';

export async function putObject(call: Call): Promise<Reply> {
  const { store, bucket, key, headers } = call;
  if (headers['x-amz-copy-source'] !== undefined) return copyObject(call, header(headers, 'x-amz-copy-source'));
  const body = readBody(call.body, headers, call.payloadHash);
  const put = { folder: bucket, key, onlyIfAbsent: onlyIfAbsent(headers) };
  if (put.onlyIfAbsent && (await store.facts(bucket, key)) !== undefined) throw new S3Error('PreconditionFailed');
  let checksums = {};
  const facts = await store.put(put, body.bytes, () => {
    const found = body.finish();
    checksums = checksumHeaders(found.checksums);
    return { etag: found.md5, headers: { ...objectHeaders(headers), ...checksums }, modifiedAt: isoTime(call.now) };
  });
  return { status: 200, headers: { etag: quoted(facts.etag), ...checksums } };
}

/** CopyObject: bytes, type and metadata of the source, unless the request replaces them. */
async function copyObject({ store, bucket, key, headers, now }: Call, source: string): Promise<Reply> {
  const [fromBucket = '', ...fromKey] = decodeURIComponent(source).replace(/^\//, '').split('/');
  const found = await store.get(fromBucket, fromKey.join('/'));
  if (found === undefined) throw new S3Error('NoSuchKey');
  const { file, size, ...facts } = found;
  const kept = headers['x-amz-metadata-directive'] === 'REPLACE' ? objectHeaders(headers) : facts.headers;
  const modifiedAt = isoTime(now);
  try {
    const bytes = file.createReadStream({ start: 0, end: size - 1, autoClose: false });
    const put = { folder: bucket, key, onlyIfAbsent: onlyIfAbsent(headers) };
    await store.put(put, size === 0 ? Readable.from([]) : bytes, () => ({ ...facts, headers: kept, modifiedAt }));
  } finally {
    await file.close();
  }
  const content = [element('ETag', quoted(facts.etag)), element('LastModified', modifiedAt)];
  return { status: 200, body: document(element('CopyObjectResult', content)) };
}

export async function getObject(call: Call): Promise<Reply> {
  const { store, bucket, key, headers, query, method } = call;
  const found = await store.get(bucket, key);
  if (found === undefined) throw new S3Error('NoSuchKey');
  const { file, ...facts } = found;
  try {
    const range = byteRange(header(headers, 'range'), facts.size);
    const answer = { ...factHeaders(facts, range === undefined), ...overrides(query) };
    refuseUnlessMatching(headers, facts);
    if (isNotModified(headers, facts)) return await closing(file, { status: 304, headers: answer });
    const { start, end } = range ?? { start: 0, end: facts.size - 1 };
    const length = { 'content-length': String(end - start + 1) };
    const part = range === undefined ? {} : { 'content-range': `bytes ${start}-${end}/${facts.size}` };
    const reply = { status: range === undefined ? 200 : 206, headers: { ...answer, ...part, ...length } };
    if (method === 'HEAD' || end < start) return await closing(file, reply);
    return { ...reply, body: file.createReadStream({ start, end }) };
  } catch (error) {
    await file.close();
    throw error;
  }
}

export async function deleteObject({ store, bucket, key }: Call): Promise<Reply> {
  await store.remove(bucket, key);
  return { status: 204 };
}

/** A part of an object must not carry the checksum of the whole. */
function factHeaders({ headers, etag, modifiedAt }: StoredObject, whole: boolean): Record<string, string> {
  const given = Object.entries(headers).filter(([name]) => whole || !name.startsWith('x-amz-checksum-'));
  return {
    ...Object.fromEntries(given),
    etag: quoted(etag),
    'last-modified': new Date(modifiedAt).toUTCString(),
    'accept-ranges': 'bytes',
  };
}

/** `response-content-disposition` and its like in a presigned URL. */
function overrides(query: URLSearchParams): Record<string, string> {
  return Object.fromEntries(
    [...query].flatMap(([name, value]) => (name.startsWith('response-') ? [[name.slice(9), value]] : [])),
  );
}

function refuseUnlessMatching(headers: IncomingHttpHeaders, { etag }: StoredObject): void {
  const condition = headers['if-match'];
  if (condition !== undefined && condition !== quoted(etag) && condition !== '*')
    throw new S3Error('PreconditionFailed');
}

function isNotModified(headers: IncomingHttpHeaders, { etag }: StoredObject): boolean {
  return headers['if-none-match'] === quoted(etag);
}

function byteRange(range: string, size: number): { start: number; end: number } | undefined {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (start >= size || start > end) throw new S3Error('InvalidRange');
  return { start, end };
}

async function closing(file: { close(): Promise<void> }, reply: Reply): Promise<Reply> {
  await file.close();
  return reply;
}
