import { text as readText } from 'node:stream/consumers';
import { readBody } from './body.js';
import { S3Error } from './error.js';
import { quoted } from './headers.js';
import { type Call, type Reply } from './operation.js';
import { encode } from './signature.js';
import { type ObjectStore } from './store.js';
import { document, element, elements, text } from './xml.js';

export async function createBucket({ store, bucket }: Call): Promise<Reply> {
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) throw new S3Error('InvalidBucketName');
  if (await store.hasBucket(bucket)) throw new S3Error('BucketAlreadyOwnedByYou');
  await store.createFolder(bucket);
  return { status: 200, headers: { location: `/${bucket}` } };
}

export async function headBucket(): Promise<Reply> {
  return { status: 200 };
}

/** DeleteObjects: a key that is not there counts as deleted. */
export async function deleteObjects(call: Call): Promise<Reply> {
  const body = readBody(call.body, call.headers, call.payloadHash);
  const request = await readText(body.bytes);
  body.finish();
  const keys = elements(request, 'Object').map((object) => text(object, 'Key') ?? '');
  await Promise.all(keys.map((key) => call.store.remove(call.bucket, key)));
  const told = text(request, 'Quiet') === 'true' ? [] : keys;
  const deleted = told.map((key) => element('Deleted', [element('Key', key)]));
  return { status: 200, body: document(element('DeleteResult', deleted)) };
}

/** ListObjectsV2. */
export async function listObjects({ store, bucket, query }: Call): Promise<Reply> {
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const asked = Number(query.get('max-keys') ?? 1_000);
  const maxKeys = Math.min(Number.isInteger(asked) && asked >= 0 ? asked : 1_000, 1_000);
  const token = query.get('continuation-token');
  const after = token === null ? (query.get('start-after') ?? '') : Buffer.from(token, 'base64url').toString();
  const entries = entriesOf(await store.keys(bucket), prefix, delimiter).filter((entry) => isAfter(entry.name, after));
  const page = entries.slice(0, maxKeys);
  const truncated = entries.length > page.length && maxKeys > 0;
  const name = (value: string): string => (query.get('encoding-type') === 'url' ? encode(value) : value);
  const last = page.at(-1)?.name ?? '';
  const content = await Promise.all(
    page.map(async (entry) =>
      entry.isPrefix
        ? element('CommonPrefixes', [element('Prefix', name(entry.name))])
        : describe(store, bucket, entry.name, name),
    ),
  );
  return {
    status: 200,
    body: document(
      element('ListBucketResult', [
        element('Name', bucket),
        element('Prefix', name(prefix)),
        element('MaxKeys', maxKeys),
        element('KeyCount', page.length),
        element('IsTruncated', truncated),
        ...(truncated ? [element('NextContinuationToken', Buffer.from(last).toString('base64url'))] : []),
        ...content,
      ]),
    ),
  };
}

interface Entry {
  readonly name: string;
  readonly isPrefix: boolean;
}

/** Keys under the prefix; those with the delimiter further on are rolled up into one common prefix. */
function entriesOf(keys: readonly string[], prefix: string, delimiter: string): Entry[] {
  const entries = keys
    .filter((key) => key.startsWith(prefix))
    .map((key) => {
      const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
      return end < 0 ? { name: key, isPrefix: false } : { name: key.slice(0, end + delimiter.length), isPrefix: true };
    });
  return entries.filter((entry, index) => !entry.isPrefix || entries[index - 1]?.name !== entry.name);
}

function isAfter(name: string, after: string): boolean {
  return after === '' || Buffer.compare(Buffer.from(name), Buffer.from(after)) > 0;
}

async function describe(
  store: ObjectStore,
  bucket: string,
  key: string,
  name: (value: string) => string,
): Promise<string> {
  const facts = await store.facts(bucket, key);
  if (facts === undefined) return '';
  return element('Contents', [
    element('Key', name(key)),
    element('LastModified', facts.modifiedAt),
    element('ETag', quoted(facts.etag)),
    element('Size', facts.size),
    element('StorageClass', 'STANDARD'),
  ]);
}
