import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  ListPartsCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { eventually, type S3Server, startS3 } from '../src/index.js';

let server: S3Server;
let client: S3Client;
let Bucket: string;

beforeAll(async () => {
  server = await startS3();
  client = clientOf(server, server.secretAccessKey);
  Bucket = server.bucket;
});

afterAll(async () => {
  client.destroy();
  await server.stop();
});

describe('objects', () => {
  it('come back with type, metadata and integrity, whole and in ranges', async () => {
    await put('a/b.txt', 'hello', { ContentType: 'text/plain', Metadata: { x: 'y' } });
    const whole = await client.send(new GetObjectCommand({ Bucket, Key: 'a/b.txt' }));
    expect(await whole.Body?.transformToString()).toBe('hello');
    expect(whole).toMatchObject({ ContentType: 'text/plain', Metadata: { x: 'y' }, ContentLength: 5 });
    expect(await get('a/b.txt', 'bytes=1-3')).toBe('ell');
    expect(await get('a/b.txt', 'bytes=-2')).toBe('lo');
    await expect(get('a/b.txt', 'bytes=9-')).rejects.toMatchObject({ name: 'InvalidRange' });
    await expect(get('nothing')).rejects.toMatchObject({ name: 'NoSuchKey' });
  });

  it('take a stream, whose framing and trailing checksum stay out of what is stored', async () => {
    const body = Buffer.alloc(300_000, 'frame');
    await client.send(
      new PutObjectCommand({ Bucket, Key: 'stream', Body: Readable.from([body]), ContentLength: body.length }),
    );
    const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'stream' }));
    expect(head.ContentLength).toBe(body.length);
    expect(head.ContentEncoding).toBeUndefined();
    expect(await get('stream')).toBe(body.toString());
  });

  it('are written once under If-None-Match, also by two writers at once', async () => {
    const writes = await Promise.allSettled(
      ['one', 'two', 'three'].map((text) => put('once', text, { IfNoneMatch: '*' })),
    );
    expect(writes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await expect(put('once', 'four', { IfNoneMatch: '*' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
  });

  it('are refused when a checksum does not match, and leave nothing', async () => {
    await expect(put('bad', 'x', { ChecksumCRC32: 'AAAAAA==' })).rejects.toMatchObject({ name: 'BadDigest' });
    await expect(get('bad')).rejects.toMatchObject({ name: 'NoSuchKey' });
  });

  it('are copied and deleted', async () => {
    await put('from', 'bytes');
    await client.send(new CopyObjectCommand({ Bucket, Key: 'to', CopySource: `${Bucket}/from` }));
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'from' }));
    expect(await get('to')).toBe('bytes');
    await expect(get('from')).rejects.toMatchObject({ name: 'NoSuchKey' });
  });
});

describe('ListObjectsV2', () => {
  it('pages in key order, rolls up a delimiter and knows odd keys', async () => {
    const keys = ['p/1', 'p/2', 'p/sub/3', 'p/ключ a+b %25.txt'];
    await Promise.all(keys.map((key) => put(key, '.')));
    const first = await list({ Prefix: 'p/', MaxKeys: 2 });
    expect(first.IsTruncated).toBe(true);
    const second = await list({ Prefix: 'p/', ContinuationToken: first.NextContinuationToken });
    expect([...(first.Contents ?? []), ...(second.Contents ?? [])].map(({ Key }) => Key)).toEqual(keys);
    const rolled = await list({ Prefix: 'p/', Delimiter: '/' });
    expect(rolled.CommonPrefixes).toEqual([{ Prefix: 'p/sub/' }]);
    await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: keys.map((Key) => ({ Key })) } }));
    expect((await list({ Prefix: 'p/' })).KeyCount).toBe(0);
  });
});

describe('multipart uploads', () => {
  it('join their parts', async () => {
    const body = Buffer.alloc(11 * 1024 * 1024, 'multipart!');
    const params = { Bucket, Key: 'big', Body: Readable.from(inMebibytes(body)), ContentType: 'video/mp4' };
    await new Upload({ client, params, queueSize: 1 }).done();
    const stored = await client.send(new GetObjectCommand({ Bucket, Key: 'big' }));
    expect(body.equals((await stored.Body?.transformToByteArray()) ?? Buffer.of())).toBe(true);
    expect(stored).toMatchObject({ ContentType: 'video/mp4', ETag: expect.stringMatching(/-3"$/) });
  });

  it('can be looked at and given up', async () => {
    const upload = { Bucket, Key: 'left' };
    const { UploadId } = await client.send(new CreateMultipartUploadCommand(upload));
    await client.send(new UploadPartCommand({ ...upload, UploadId, PartNumber: 1, Body: 'part' }));
    expect((await client.send(new ListPartsCommand({ ...upload, UploadId }))).Parts).toMatchObject([{ Size: 4 }]);
    await client.send(new AbortMultipartUploadCommand({ ...upload, UploadId }));
    const open = await client.send(new ListMultipartUploadsCommand({ Bucket }));
    expect(open.Uploads ?? []).toEqual([]);
    await expect(get('left')).rejects.toMatchObject({ name: 'NoSuchKey' });
  });
});

describe('signatures', () => {
  it('are needed and must be right', async () => {
    expect((await fetch(`${server.endpoint}/${Bucket}?list-type=2`)).status).toBe(403);
    const stranger = clientOf(server, 'another secret');
    await expect(stranger.send(new ListObjectsV2Command({ Bucket }))).rejects.toMatchObject({
      name: 'SignatureDoesNotMatch',
    });
    stranger.destroy();
  });

  it('of a URL cover method and query, and expire', async () => {
    await put('signed', 'secret');
    const command = new GetObjectCommand({ Bucket, Key: 'signed', ResponseContentDisposition: 'attachment' });
    const url = await getSignedUrl(client, command, { expiresIn: 60 });
    const answer = await fetch(url);
    expect(await answer.text()).toBe('secret');
    expect(answer.headers.get('content-disposition')).toBe('attachment');
    expect((await fetch(url, { method: 'DELETE' })).status).toBe(403);
    expect((await fetch(url.replace('=attachment', '=inline'))).status).toBe(403);
    const brief = await getSignedUrl(client, command, { expiresIn: 1 });
    await eventually(async () => (await fetch(brief)).status === 403);
  });

  it('of a PUT cover the length that was signed', async () => {
    const command = new PutObjectCommand({ Bucket, Key: 'presigned', ContentLength: 5 });
    const unchecked = clientOf(server, server.secretAccessKey, { requestChecksumCalculation: 'WHEN_REQUIRED' });
    const url = await getSignedUrl(unchecked, command, { signableHeaders: new Set(['content-length', 'host']) });
    unchecked.destroy();
    expect((await fetch(url, { method: 'PUT', body: 'too long' })).status).toBe(403);
    expect((await fetch(url, { method: 'PUT', body: 'right' })).status).toBe(200);
    expect(await get('presigned')).toBe('right');
  });
});

it('keeps its objects over a crash', async () => {
  await put('kept', 'still here');
  await server.kill();
  await server.start();
  expect(await get('kept')).toBe('still here');
});

function clientOf(of: S3Server, secretAccessKey: string, options = {}): S3Client {
  const { endpoint, region, accessKeyId } = of;
  return new S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
    ...options,
  });
}

function put(Key: string, Body: string, options = {}): Promise<unknown> {
  return client.send(new PutObjectCommand({ Bucket, Key, Body, ...options }));
}

async function get(Key: string, Range?: string): Promise<string | undefined> {
  return (await client.send(new GetObjectCommand({ Bucket, Key, Range }))).Body?.transformToString();
}

function list(options: object): Promise<ListObjectsV2CommandOutput> {
  return client.send(new ListObjectsV2Command({ Bucket, ...options }));
}

function* inMebibytes(body: Buffer): Generator<Buffer> {
  for (let at = 0; at < body.length; at += 1 << 20) yield body.subarray(at, at + (1 << 20));
}
