import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Readable } from 'node:stream';

export type Content =
  { readonly place: 'memory'; readonly bytes: Buffer } | { readonly place: 'disk'; readonly path: string };

/** A whole file of ours for as long as it is worked on. */
export interface Collected {
  readonly content: Content;
  /** Bytes. */
  readonly size: number;
  /** Hex. */
  readonly sha256: string;
  /** The first bytes, for sniffing. */
  readonly head: Buffer;
  /** Removes the temporary file, if there is one. */
  dispose(): Promise<void>;
}

const headBytes = 65_536;

/** Reads a source to its end and hashes it on the way: in memory while it is small, in a temporary file from then on. */
export async function collect(source: AsyncIterable<Uint8Array>, memoryBytes: number): Promise<Collected> {
  const hash = createHash('sha256');
  const chunks: Uint8Array[] = [];
  let size = 0;
  let disk: { path: string; file: FileHandle } | undefined;
  try {
    for await (const chunk of source) {
      hash.update(chunk);
      size += chunk.length;
      if (disk !== undefined) {
        await disk.file.appendFile(chunk);
        continue;
      }
      chunks.push(chunk);
      if (size <= memoryBytes) continue;
      const path = join(tmpdir(), `videoapi-result-${randomUUID()}`);
      disk = { path, file: await open(path, 'wx', 0o600) };
      await disk.file.writev(chunks);
    }
  } catch (error) {
    if (disk !== undefined) await rm(disk.path, { force: true });
    throw error;
  } finally {
    await disk?.file.close();
  }
  const bytes = chunks.length === 1 && chunks[0] instanceof Buffer ? chunks[0] : Buffer.concat(chunks);
  const path = disk?.path;
  return {
    content: path === undefined ? { place: 'memory', bytes } : { place: 'disk', path },
    size,
    sha256: hash.digest('hex'),
    head: bytes.subarray(0, headBytes),
    dispose: async () => {
      if (path !== undefined) await rm(path, { force: true });
    },
  };
}

/** The bytes again, as something to send. */
export function bodyOf(content: Content): Buffer | Readable {
  return content.place === 'memory' ? content.bytes : createReadStream(content.path);
}

/** Random access, for whoever follows a file's own table of contents. */
export type ReadAt = (position: number, length: number) => Promise<Buffer>;

export async function withReader<T>(content: Content, work: (readAt: ReadAt) => Promise<T>): Promise<T> {
  if (content.place === 'memory') {
    const { bytes } = content;
    return work((position, length) => Promise.resolve(bytes.subarray(position, position + length)));
  }
  const file = await open(content.path, 'r');
  try {
    return await work(async (position, length) => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
      return buffer.subarray(0, bytesRead);
    });
  } finally {
    await file.close();
  }
}
