import { createHash, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { AppError } from '@videoapi/contracts';
import { Agent, request } from 'undici';
import { z } from 'zod';
import { Settings } from '../settings.js';
import { internalHeaders } from './internal.js';
import { readRefusal } from './refusal.js';

/** From the last byte sent to the first of the answer: by then the file is stored. */
const answerTimeoutMs = 60_000;
/** For all of it: as long as a request of a customer may take to arrive. */
const totalTimeoutMs = 300_000;
const answer = z.object({ data: z.tuple([z.object({ key: z.string() })]) });

export interface OutgoingFile {
  readonly filename: string;
  readonly contentType: string;
  readonly bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

export interface KeptFile {
  /** `uploads/…` */
  readonly key: string;
  /** SHA-256 of the bytes, hexadecimal. */
  readonly digest: string;
}

/** For whom, and until when. */
export interface Sender {
  readonly accountId: string;
  readonly requestId: string;
  readonly signal: AbortSignal;
}

/** Files that come inside a create call. They stream through to the uploads service; none is ever whole in memory here. */
@Injectable()
export class FileStore implements OnApplicationShutdown {
  private readonly agent = new Agent({
    connections: 64,
    connectTimeout: 2_000,
    headersTimeout: answerTimeoutMs,
    bodyTimeout: answerTimeoutMs,
  });

  constructor(private readonly settings: Settings) {}

  async onApplicationShutdown(): Promise<void> {
    await this.agent.close();
  }

  /** Throws what uploads refused the file for, or `unavailable`. */
  async keep(file: OutgoingFile, { accountId, requestId, signal }: Sender): Promise<KeptFile> {
    const { uploadsUrl, internalTokenKey } = this.settings.value;
    const boundary = `videoapi-${randomUUID()}`;
    const hash = createHash('sha256');
    try {
      const { statusCode, body } = await request(`${uploadsUrl}/internal/upload`, {
        method: 'POST',
        headers: {
          'content-type': `multipart/form-data; boundary=${boundary}`,
          ...internalHeaders(internalTokenKey, accountId, requestId),
        },
        body: Readable.from(
          formOf(file, boundary, (chunk) => hash.update(chunk)),
          { objectMode: false },
        ),
        dispatcher: this.agent,
        signal: AbortSignal.any([signal, AbortSignal.timeout(totalTimeoutMs)]),
      });
      if (statusCode >= 400) throw await readRefusal(body);
      const [{ key }] = answer.parse(await body.json()).data;
      return { key, digest: hash.digest('hex') };
    } catch (error) {
      const cause: unknown = signal.aborted ? signal.reason : error;
      if (cause instanceof AppError) throw cause;
      throw new AppError('unavailable', 'Uploads are not available now.', { cause, retryAfterMs: 1_000 });
    }
  }
}

async function* formOf(
  { filename, contentType, bytes }: OutgoingFile,
  boundary: string,
  onChunk: (chunk: Uint8Array) => void,
): AsyncGenerator<Uint8Array> {
  const name = filename.replaceAll(/[\r\n"\\]/g, '_').slice(0, 255);
  yield Buffer.from(
    `--${boundary}\r\ncontent-disposition: form-data; name="files"; filename="${name}"\r\n` +
      `content-type: ${/^[\w.+/-]{1,100}$/.test(contentType) ? contentType : 'application/octet-stream'}\r\n\r\n`,
  );
  for await (const chunk of bytes) {
    onChunk(chunk);
    yield chunk;
  }
  yield Buffer.from(`\r\n--${boundary}--\r\n`);
}
