import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { createBucket, deleteObjects, headBucket, listObjects } from './buckets.js';
import { S3Error } from './error.js';
import { abortUpload, completeUpload, createUpload, listParts, listUploads, putPart } from './multipart.js';
import { deleteObject, getObject, putObject } from './objects.js';
import { type Operation, type Reply } from './operation.js';
import { type Credentials, verifySignature } from './signature.js';
import { ObjectStore } from './store.js';
import { document, element } from './xml.js';

export interface S3ServerOptions {
  readonly root: string;
  readonly credentials: Credentials;
  readonly buckets: readonly string[];
  readonly now?: () => number;
}

/** Method and what is addressed; the query name in brackets, where it selects another operation, comes first. */
const operations: Readonly<Record<string, Operation>> = {
  'PUT bucket': createBucket,
  'HEAD bucket': headBucket,
  'GET bucket': listObjects,
  'GET bucket[uploads]': listUploads,
  'POST bucket[delete]': deleteObjects,
  'PUT object': putObject,
  'GET object': getObject,
  'HEAD object': getObject,
  'DELETE object': deleteObject,
  'POST object[uploads]': createUpload,
  'PUT object[uploadId]': putPart,
  'POST object[uploadId]': completeUpload,
  'DELETE object[uploadId]': abortUpload,
  'GET object[uploadId]': listParts,
};
const subresources = ['uploads', 'uploadId', 'delete', 'tagging', 'acl', 'cors', 'lifecycle', 'policy', 'versioning'];

/** An S3 server of path-style URLs over a directory. Nothing is served without a valid signature. */
export async function createS3Server({ root, credentials, buckets, now = Date.now }: S3ServerOptions): Promise<Server> {
  const store = await ObjectStore.open(root);
  for (const bucket of buckets) await store.createFolder(bucket);

  async function answer(request: IncomingMessage): Promise<Reply> {
    const { method = '', url = '/', headers } = request;
    const time = now();
    if (method === 'OPTIONS') return preflight(headers['access-control-request-headers']);
    const payloadHash = verifySignature({ method, url, headers }, credentials, time);
    const [path = '', search = ''] = url.split('?', 2);
    const query = new URLSearchParams(search);
    const [, bucket = '', ...rest] = path.split('/');
    const key = decodeURIComponent(rest.join('/'));
    const operation = operationOf(method, key === '' ? 'bucket' : 'object', query);
    if (operation !== createBucket && !(await store.hasBucket(bucket))) throw new S3Error('NoSuchBucket');
    return operation({ store, method, bucket, key, query, headers, payloadHash, body: request, now: time });
  }
  return createServer((request, response) => {
    void answer(request)
      .catch((error: unknown) => refusal(error, request))
      .then((reply) => send(reply, request, response))
      .catch(() => response.destroy());
  });
}

function operationOf(method: string, target: 'bucket' | 'object', query: URLSearchParams): Operation {
  const subresource = subresources.find((name) => query.has(name));
  const name = `${method} ${target}${subresource === undefined ? '' : `[${subresource}]`}`;
  const operation = operations[name];
  if (operation === undefined) throw new S3Error('NotImplemented', name);
  return operation;
}

function refusal(error: unknown, request: IncomingMessage): Reply {
  const known = error instanceof S3Error ? error : new S3Error('InternalError');
  if (known !== error) process.stderr.write(`${request.method} ${request.url?.split('?')[0]}: ${String(error)}\n`);
  const content = [element('Code', known.code), element('Message', known.message), element('RequestId', randomUUID())];
  return { status: known.status, body: document(element('Error', content)) };
}

/** Any page may call: what it can do is decided by the signature it holds. */
function preflight(askedHeaders: string | undefined): Reply {
  const headers = {
    'access-control-allow-methods': 'GET, HEAD, PUT, POST, DELETE',
    'access-control-allow-headers': askedHeaders ?? '*',
    'access-control-max-age': '600',
  };
  return { status: 200, headers };
}

async function send(reply: Reply, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { status, headers = {}, body = '' } = reply;
  const isXml = typeof body === 'string' && body !== '';
  response.writeHead(status, {
    'access-control-allow-origin': '*',
    'access-control-expose-headers': 'etag',
    ...(isXml ? { 'content-type': 'application/xml' } : {}),
    ...(typeof body === 'string' && status !== 204 && status !== 304
      ? { 'content-length': Buffer.byteLength(body) }
      : {}),
    ...headers,
  });
  if (typeof body !== 'string') await pipeline(body, response);
  else response.end(request.method === 'HEAD' ? undefined : body);
}
