import { createHash, randomUUID } from 'node:crypto';
import { text as readText } from 'node:stream/consumers';
import { readBody } from './body.js';
import { S3Error } from './error.js';
import { checksumHeaders, isoTime, objectHeaders, onlyIfAbsent, quoted } from './headers.js';
import { type Call, type Reply } from './operation.js';
import { type ObjectStore, type StoredObject } from './store.js';
import { document, element, elements, text } from './xml.js';

const smallestPart = 5 * 1024 * 1024;
/** The object of an upload's folder that is no part: what the finished object will be. */
const plan = 'plan';

export async function createUpload({ store, bucket, key, headers, now }: Call): Promise<Reply> {
  const id = randomUUID();
  await store.createFolder(folderOf(id));
  const facts = { etag: '', headers: objectHeaders(headers), modifiedAt: isoTime(now), target: { bucket, key } };
  await store.put({ folder: folderOf(id), key: plan }, nothing(), () => facts);
  return xml('InitiateMultipartUploadResult', [
    element('Bucket', bucket),
    element('Key', key),
    element('UploadId', id),
  ]);
}

export async function putPart(call: Call): Promise<Reply> {
  const { folder } = await openUpload(call);
  const number = Number(call.query.get('partNumber'));
  if (!(Number.isInteger(number) && number >= 1 && number <= 10_000)) throw new S3Error('InvalidArgument');
  const body = readBody(call.body, call.headers, call.payloadHash);
  const facts = await call.store.put({ folder, key: String(number) }, body.bytes, () => {
    const { md5, checksums } = body.finish();
    return { etag: md5, headers: checksumHeaders(checksums), modifiedAt: isoTime(call.now) };
  });
  return { status: 200, headers: { etag: quoted(facts.etag), ...facts.headers } };
}

export async function completeUpload(call: Call): Promise<Reply> {
  const { store, bucket, key } = call;
  const upload = await openUpload(call);
  const body = readBody(call.body, call.headers, call.payloadHash);
  const request = await readText(body.bytes);
  body.finish();
  const parts = await chosenParts(store, upload.folder, request);
  const digest = createHash('md5').update(Buffer.concat(parts.map(({ etag }) => Buffer.from(etag, 'hex'))));
  const etag = `${digest.digest('hex')}-${parts.length}`;
  await store.put(
    { folder: bucket, key, onlyIfAbsent: onlyIfAbsent(call.headers) },
    joined(store, upload.folder, parts),
    () => ({
      etag,
      headers: upload.facts.headers,
      modifiedAt: isoTime(call.now),
    }),
  );
  await store.removeFolder(upload.folder);
  return xml('CompleteMultipartUploadResult', [
    element('Bucket', bucket),
    element('Key', key),
    element('ETag', quoted(etag)),
  ]);
}

export async function abortUpload(call: Call): Promise<Reply> {
  const { folder } = await openUpload(call);
  await call.store.removeFolder(folder);
  return { status: 204 };
}

export async function listParts(call: Call): Promise<Reply> {
  const { folder } = await openUpload(call);
  const numbers = (await partNumbers(call.store, folder)).sort((a, b) => a - b);
  const parts = await Promise.all(
    numbers.map(async (number) => {
      const part = await call.store.facts(folder, String(number));
      return part === undefined
        ? ''
        : element('Part', [
            element('PartNumber', number),
            element('ETag', quoted(part.etag)),
            element('Size', part.size),
            element('LastModified', part.modifiedAt),
          ]);
    }),
  );
  return xml('ListPartsResult', [
    element('Bucket', call.bucket),
    element('Key', call.key),
    element('UploadId', call.query.get('uploadId') ?? ''),
    element('IsTruncated', false),
    ...parts,
  ]);
}

/** All uploads of the bucket that are neither finished nor aborted. */
export async function listUploads({ store, bucket }: Call): Promise<Reply> {
  const uploads = await Promise.all(
    (await store.keys('.uploads')).map(async (id) => {
      const facts = await store.facts(folderOf(id), plan);
      if (facts?.target?.bucket !== bucket) return '';
      const inner = [element('Key', facts.target.key), element('UploadId', id), element('Initiated', facts.modifiedAt)];
      return element('Upload', inner);
    }),
  );
  return xml('ListMultipartUploadsResult', [element('Bucket', bucket), element('IsTruncated', false), ...uploads]);
}

interface Upload {
  readonly folder: string;
  readonly facts: StoredObject;
}

async function openUpload({ store, bucket, key, query }: Call): Promise<Upload> {
  const id = query.get('uploadId') ?? '';
  const facts = /^[0-9a-f-]{36}$/.test(id) ? await store.facts(folderOf(id), plan) : undefined;
  if (facts?.target?.bucket !== bucket || facts.target.key !== key) throw new S3Error('NoSuchUpload');
  return { folder: folderOf(id), facts };
}

interface Part {
  readonly key: string;
  readonly etag: string;
}

async function chosenParts(store: ObjectStore, folder: string, request: string): Promise<Part[]> {
  const wanted = elements(request, 'Part').map((part) => ({
    number: Number(text(part, 'PartNumber')),
    etag: text(part, 'ETag')?.replace(/"/g, ''),
  }));
  if (wanted.length === 0) throw new S3Error('MalformedXML');
  return Promise.all(
    wanted.map(async ({ number, etag }, index) => {
      const part = await store.facts(folder, String(number));
      if (part === undefined || part.etag !== etag) throw new S3Error('InvalidPart');
      if (index < wanted.length - 1 && part.size < smallestPart) throw new S3Error('EntityTooSmall');
      return { key: String(number), etag };
    }),
  );
}

async function* joined(store: ObjectStore, folder: string, parts: readonly Part[]): AsyncGenerator<Buffer> {
  for (const { key } of parts) {
    const part = await store.get(folder, key);
    if (part === undefined) throw new S3Error('InvalidPart');
    if (part.size === 0) await part.file.close();
    else yield* part.file.createReadStream({ start: 0, end: part.size - 1 });
  }
}

async function partNumbers(store: ObjectStore, folder: string): Promise<number[]> {
  return (await store.keys(folder)).filter((key) => key !== plan).map(Number);
}

function folderOf(id: string): string {
  return `.uploads/${id}`;
}

function xml(root: string, content: readonly string[]): Reply {
  return { status: 200, body: document(element(root, content)) };
}

async function* nothing(): AsyncGenerator<Buffer> {}
