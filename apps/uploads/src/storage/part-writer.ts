import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';

/** The least that S3 takes of a part that is not the last. */
export const partBytes = 5 * 1024 * 1024;
/** Buffers kept for the next upload. */
const maxIdle = 4;

interface Target {
  readonly Bucket: string;
  readonly Key: string;
}

/**
 * Writes streams of unknown length, each through one buffer of one part: it is filled, sent, and filled again. Large
 * buffers that are thrown away are what a process grows by, since they are collected late.
 */
export class PartWriter {
  readonly #idle: Buffer[] = [];

  constructor(
    private readonly client: S3Client,
    private readonly bucket: string,
  ) {}

  /** What fits into one part becomes an object in one call. A body that fails leaves nothing behind. Throws what it threw. */
  async write(key: string, body: AsyncIterable<Uint8Array>, contentType: string): Promise<void> {
    const target = { Bucket: this.bucket, Key: key };
    const buffer = this.#idle.pop() ?? Buffer.allocUnsafeSlow(partBytes);
    const parts = new Parts(this.client, target, contentType);
    let filled = 0;
    try {
      for await (const chunk of body) {
        for (let taken = 0; taken < chunk.length;) {
          // Not before more has come: the last part is told from the others by being the last.
          if (filled === partBytes) {
            await parts.send(buffer);
            filled = 0;
          }
          const some = Math.min(chunk.length - taken, partBytes - filled);
          buffer.set(chunk.subarray(taken, taken + some), filled);
          filled += some;
          taken += some;
        }
      }
      await parts.finish(buffer.subarray(0, filled));
    } catch (error) {
      await parts.abort();
      throw error; // and the buffer goes with it: a call that was given up may still be reading from it
    }
    if (this.#idle.length < maxIdle) this.#idle.push(buffer);
  }
}

/** One multipart upload, which begins with its first part. */
class Parts {
  #uploadId: string | undefined;
  readonly #sent: CompletedPart[] = [];

  constructor(
    private readonly client: S3Client,
    private readonly target: Target,
    private readonly contentType: string,
  ) {}

  async send(bytes: Buffer): Promise<void> {
    const UploadId = (this.#uploadId ??= await this.#begin());
    const PartNumber = this.#sent.length + 1;
    const part = new UploadPartCommand({ ...this.target, UploadId, PartNumber, Body: bytes });
    const { ETag } = await this.client.send(part);
    this.#sent.push({ PartNumber, ETag });
  }

  async finish(last: Buffer): Promise<void> {
    if (this.#uploadId === undefined) {
      await this.client.send(new PutObjectCommand({ ...this.target, Body: last, ContentType: this.contentType }));
      return;
    }
    await this.send(last);
    const MultipartUpload = { Parts: this.#sent };
    const whole = { ...this.target, UploadId: this.#uploadId, MultipartUpload };
    await this.client.send(new CompleteMultipartUploadCommand(whole));
  }

  /** What cannot be aborted now is left to the bucket's own rules: what went wrong before is what matters. */
  async abort(): Promise<void> {
    if (this.#uploadId === undefined) return;
    const abort = new AbortMultipartUploadCommand({ ...this.target, UploadId: this.#uploadId });
    await this.client.send(abort).catch(() => undefined);
  }

  async #begin(): Promise<string | undefined> {
    const begin = new CreateMultipartUploadCommand({ ...this.target, ContentType: this.contentType });
    return (await this.client.send(begin)).UploadId;
  }
}
