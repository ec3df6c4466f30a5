import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { AppError } from '@videoapi/contracts';
import { type NewObject, ObjectWriter } from './object-writer.js';
import { PartWriter } from './part-writer.js';

export interface StorageOptions {
  /** How our own services reach the bucket. */
  readonly endpoint: string;
  /** How customers and providers reach it. */
  readonly publicEndpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface ObjectFacts {
  readonly size: number;
  readonly sha256: string | undefined;
}

/** Who will open a link. The host is part of the signature: a link works under one address only. */
export type Opener = 'customer' | 'provider' | 'own';

const deletesAtOnce = 16;

/** The bucket. Every failure of it is `unavailable`: to callers it is one more server that is not there. */
export class Storage {
  readonly #client: S3Client;
  readonly #publicSigner: S3Client;
  readonly #writer: ObjectWriter;
  readonly #parts: PartWriter;
  readonly #bucket: string;
  /** Do our own services need links of their own? */
  readonly hasOwnAddress: boolean;

  constructor(options: StorageOptions) {
    const shared = {
      region: options.region,
      // Buckets as host names need DNS that a private S3 does not have.
      forcePathStyle: true,
      credentials: { accessKeyId: options.accessKeyId, secretAccessKey: options.secretAccessKey },
      // The SDK's default checksums need trailers, which not every S3 understands; the signature covers the payload already.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      maxAttempts: 3,
      requestHandler: {
        connectionTimeout: 3_000,
        // Of silence; the next one is over all: 2 GB at 3.5 MB/s.
        socketTimeout: 15_000,
        requestTimeout: 600_000,
        throwOnRequestTimeout: true,
        httpAgent: { maxSockets: 128 },
        httpsAgent: { maxSockets: 128 },
      },
    } as const;
    this.#client = new S3Client({ ...shared, endpoint: options.endpoint });
    this.#publicSigner = new S3Client({ ...shared, endpoint: options.publicEndpoint });
    this.hasOwnAddress = options.endpoint !== options.publicEndpoint;
    this.#writer = new ObjectWriter(this.#client, options);
    this.#parts = new PartWriter(this.#client, options.bucket);
    this.#bucket = options.bucket;
  }

  /** Writes an object that must not exist yet. Resolves with `false`, touching nothing, when one does. */
  create(object: NewObject): Promise<boolean> {
    return this.#writer.create(object);
  }

  /** Writes a stream of unknown length, with one part of it in memory. A body that fails leaves nothing behind. */
  async upload(key: string, body: AsyncIterable<Uint8Array>, contentType: string): Promise<void> {
    try {
      await this.#parts.write(key, body, contentType);
    } catch (error) {
      throw asUnavailable(error);
    }
  }

  /** `undefined` when there is no such object. */
  async head(key: string): Promise<ObjectFacts | undefined> {
    try {
      const found = await this.#client.send(new HeadObjectCommand({ Bucket: this.#bucket, Key: key }));
      return { size: found.ContentLength ?? 0, sha256: found.Metadata?.['sha256'] };
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw asUnavailable(error);
    }
  }

  /** The first `bytes` of an object that exists. */
  async readHead(key: string, bytes: number): Promise<Buffer> {
    try {
      const range = `bytes=0-${bytes - 1}`;
      const { Body } = await this.#client.send(new GetObjectCommand({ Bucket: this.#bucket, Key: key, Range: range }));
      return Buffer.from((await Body?.transformToByteArray()) ?? []);
    } catch (error) {
      // Nothing can be ranged over in an empty object.
      if (statusOf(error) === 416) return Buffer.alloc(0);
      throw asUnavailable(error);
    }
  }

  /** The bytes of an object; `undefined` when there is none. */
  async open(key: string, signal?: AbortSignal): Promise<AsyncIterable<Uint8Array> | undefined> {
    try {
      const command = new GetObjectCommand({ Bucket: this.#bucket, Key: key });
      const { Body } = await this.#client.send(command, optionalSignal(signal));
      return Body === undefined || !(Symbol.asyncIterator in Body) ? undefined : Body;
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw asUnavailable(error);
    }
  }

  /** A key that does not exist counts as deleted. One call each: not every S3 has the call for many. */
  async delete(keys: readonly string[]): Promise<void> {
    for (let start = 0; start < keys.length; start += deletesAtOnce) {
      const some = keys.slice(start, start + deletesAtOnce);
      await Promise.all(some.map((key) => this.#deleteOne(key)));
    }
  }

  async #deleteOne(key: string): Promise<void> {
    try {
      await this.#client.send(new DeleteObjectCommand({ Bucket: this.#bucket, Key: key }));
    } catch (error) {
      throw asUnavailable(error);
    }
  }

  /** A URL that anybody may read the object with until it expires. */
  presignGet(
    key: string,
    link: { opener: Opener; seconds: number; contentType: string; filename: string },
  ): Promise<string> {
    const { seconds, contentType, filename } = link;
    const command = new GetObjectCommand({
      Bucket: this.#bucket,
      Key: key,
      ResponseContentType: contentType,
      ResponseContentDisposition: `inline; filename="${filename}"`,
      ResponseCacheControl: `private, max-age=${seconds}`,
    });
    return getSignedUrl(this.#signerFor(link.opener), command, { expiresIn: seconds });
  }

  /** A URL for one PUT. Type and length are part of the signature, where given, so nothing else can be put with it. */
  async presignPut(key: string, link: { opener: Opener; seconds: number; contentType: string; size?: number }) {
    const { seconds, contentType, size } = link;
    const command = new PutObjectCommand({
      Bucket: this.#bucket,
      Key: key,
      ContentType: contentType,
      ...(size !== undefined && { ContentLength: size }),
    });
    const signableHeaders = new Set(['host', 'content-type', ...(size === undefined ? [] : ['content-length'])]);
    const url = await getSignedUrl(this.#signerFor(link.opener), command, { expiresIn: seconds, signableHeaders });
    const headers: Record<string, string> = { 'content-type': contentType };
    if (size !== undefined) headers['content-length'] = String(size);
    return { url, headers };
  }

  #signerFor(opener: Opener): S3Client {
    return opener === 'own' ? this.#client : this.#publicSigner;
  }

  /** Throws when the bucket cannot be reached. */
  async ping(): Promise<void> {
    await this.head('health/ready');
  }

  onApplicationShutdown(): void {
    this.#client.destroy();
    this.#publicSigner.destroy();
  }
}

function optionalSignal(signal: AbortSignal | undefined): { abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal };
}

function statusOf(error: unknown): number | undefined {
  return error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
}

function asUnavailable(error: unknown): AppError {
  if (error instanceof AppError) return error;
  return new AppError('unavailable', 'The object store is not reachable', { cause: error });
}
