import { randomUUID } from 'node:crypto';
import { AppError } from '@videoapi/contracts';
import { type DataSource } from 'typeorm';
import { insertPending, markStored } from '../db/media.store.js';
import { type Format, type MediaKind, sniff, sniffBytes } from '../format/format.js';
import { mediaPath, signLink } from '../media/link.js';
import { type MediaRemoval } from '../media/removal.js';
import { uploadKey } from '../storage/keys.js';
import { type Storage } from '../storage/storage.js';

/** One part of a multipart body, still on its way in. */
export interface IncomingFile {
  readonly filename: string;
  readonly chunks: AsyncIterable<Buffer>;
}

export interface StoredFile {
  readonly id: string;
  readonly filename: string;
  readonly contentType: string;
  readonly size: number;
  readonly key: string;
  readonly path: string;
}

export interface IntakeOptions {
  readonly linkKey: string;
  /** Bytes. */
  readonly limits: Readonly<Record<MediaKind, number>>;
  /** Calls at once. Each one holds a part of 5 MiB in memory. */
  readonly maxConcurrent: number;
}

/** Streams what customers send into the bucket. All files of a call are kept, or none. */
export class Intake {
  #running = 0;

  constructor(
    private readonly source: DataSource,
    private readonly storage: Storage,
    private readonly removal: MediaRemoval,
    private readonly options: IntakeOptions,
  ) {}

  /**
   * Files are read one after the other, in the order they arrive, as a multipart body demands.
   * @throws AppError `unsupported_media_type`, `payload_too_large`, `missing_parameter`, `overloaded`, `unavailable`;
   * what `files` throws.
   */
  async receive(accountId: string, files: AsyncIterable<IncomingFile>): Promise<StoredFile[]> {
    if (this.#running >= this.options.maxConcurrent) {
      throw new AppError('overloaded', 'Too many uploads at once.', { retryAfterMs: 1_000 });
    }
    this.#running += 1;
    const begun: string[] = [];
    try {
      const stored: StoredFile[] = [];
      for await (const file of files) stored.push(await this.#store(accountId, file, begun));
      if (stored.length === 0) throw new AppError('missing_parameter', 'No file was sent.', { param: 'files' });
      await markStored(this.source, stored);
      return stored;
    } catch (error) {
      // The sweep finds what cannot be deleted now; the caller wants to hear about the first error.
      await this.removal.remove(accountId, begun).catch(() => undefined);
      throw error;
    } finally {
      this.#running -= 1;
    }
  }

  async #store(accountId: string, file: IncomingFile, begun: string[]): Promise<StoredFile> {
    const { filename } = file;
    const chunks = file.chunks[Symbol.asyncIterator]();
    const head = await readHead(chunks);
    const format = await sniff(head);
    if (format === undefined) {
      throw new AppError('unsupported_media_type', `${filename} is not an image, a video or an audio file we take.`);
    }
    const id = `med_${randomUUID().replaceAll('-', '')}`;
    const key = uploadKey(accountId, id, format.extension, new Date());
    const signature = signLink(this.options.linkKey, id, accountId);
    const row = { id, account_id: accountId, key, signature, content_type: format.contentType, size: 0 };
    await insertPending(this.source, { ...row, origin: 'upload' });
    begun.push(id);
    const counted = { bytes: 0 };
    const body = withinLimit(head, chunks, { format, limits: this.options.limits, filename, counted });
    await this.storage.upload(key, body, format.contentType);
    const path = mediaPath({ id, signature }, format.extension);
    return { id, filename, contentType: format.contentType, size: counted.bytes, key, path };
  }
}

/** Enough to sniff, or all there is. */
async function readHead(chunks: AsyncIterator<Buffer>): Promise<Buffer> {
  const head: Buffer[] = [];
  for (let bytes = 0; bytes < sniffBytes;) {
    const next = await chunks.next();
    if (next.done === true) break;
    head.push(next.value);
    bytes += next.value.length;
  }
  return Buffer.concat(head);
}

interface Counting {
  readonly format: Format;
  readonly limits: IntakeOptions['limits'];
  readonly filename: string;
  readonly counted: { bytes: number };
}

async function* withinLimit(
  head: Buffer,
  rest: AsyncIterator<Buffer>,
  { format, limits, filename, counted }: Counting,
): AsyncGenerator<Buffer> {
  const limit = limits[format.kind];
  for (let chunk: Buffer | undefined = head; chunk !== undefined;) {
    counted.bytes += chunk.length;
    if (counted.bytes > limit) {
      throw new AppError('payload_too_large', `${filename} is larger than the ${limit} bytes allowed.`, {
        details: { limit, kind: format.kind },
      });
    }
    yield chunk;
    const next: IteratorResult<Buffer> = await rest.next();
    chunk = next.done === true ? undefined : next.value;
  }
}
