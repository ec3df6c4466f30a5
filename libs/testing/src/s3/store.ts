import { randomUUID } from 'node:crypto';
import { type FileHandle, link, mkdir, open, readdir, rename, rm, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { S3Error, systemCode } from './error.js';

/** What is known about an object beside its bytes. `headers` are those that a GET gives back. */
export interface ObjectFacts {
  readonly etag: string;
  readonly modifiedAt: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Of an unfinished upload: what it will become. */
  readonly target?: { readonly bucket: string; readonly key: string };
}

export interface StoredObject extends ObjectFacts {
  readonly size: number;
}

/** An object whose bytes can be read; the reader closes the file. */
export interface OpenObject extends StoredObject {
  readonly file: FileHandle;
}

/**
 * Objects as files: `<root>/<bucket>/<encoded key>`. A file is the bytes, then the facts as JSON, then the length of that
 * JSON in four bytes, so one rename puts both in place. Parts of an upload are objects of the folder `.uploads/<id>`.
 */
export class ObjectStore {
  readonly #root: string;
  readonly #seen = new Set<string>();

  private constructor(root: string) {
    this.#root = root;
  }

  /** What was half written when the last process died is swept away. */
  static async open(root: string): Promise<ObjectStore> {
    await rm(join(root, '.staging'), { recursive: true, force: true });
    await mkdir(join(root, '.staging'), { recursive: true });
    return new ObjectStore(root);
  }

  async createFolder(folder: string): Promise<void> {
    await mkdir(join(this.#root, folder), { recursive: true });
  }

  /** Buckets are never removed, so one that was seen is not looked for again. */
  async hasBucket(bucket: string): Promise<boolean> {
    if (this.#seen.has(bucket)) return true;
    if (!/^[a-z0-9]/.test(bucket)) return false;
    const found = await stat(join(this.#root, bucket)).catch(unlessMissing);
    if (found !== undefined) this.#seen.add(bucket);
    return found !== undefined;
  }

  async removeFolder(folder: string): Promise<void> {
    await rm(join(this.#root, folder), { recursive: true, force: true });
  }

  /** Writes the bytes, then asks for the facts, then shows the object under its key; with `onlyIfAbsent` at most once. */
  async put(
    { folder, key, onlyIfAbsent = false }: { folder: string; key: string; onlyIfAbsent?: boolean },
    bytes: AsyncIterable<Buffer>,
    factsOf: () => ObjectFacts,
  ): Promise<ObjectFacts> {
    const staged = join(this.#root, '.staging', randomUUID());
    const file = await open(staged, 'wx');
    try {
      try {
        for await (const chunk of bytes) await file.write(chunk);
        const facts = factsOf();
        await file.write(trailerOf(facts));
        await file.close();
        await this.#show(staged, this.#path(folder, key), onlyIfAbsent);
        return facts;
      } finally {
        await file.close().catch(() => undefined);
      }
    } catch (error) {
      await unlink(staged).catch(() => undefined);
      throw error;
    }
  }

  async get(folder: string, key: string): Promise<OpenObject | undefined> {
    const file = await open(this.#path(folder, key)).catch(unlessMissing);
    if (file === undefined) return undefined;
    try {
      return { file, ...(await readTrailer(file)) };
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** The same without the file. */
  async facts(folder: string, key: string): Promise<StoredObject | undefined> {
    const found = await this.get(folder, key);
    if (found === undefined) return undefined;
    const { file, ...facts } = found;
    await file.close();
    return facts;
  }

  async remove(folder: string, key: string): Promise<void> {
    await unlink(this.#path(folder, key)).catch(unlessMissing);
  }

  /** Keys in the order of their UTF-8 bytes, which is S3's. */
  async keys(folder: string): Promise<string[]> {
    const names = (await readdir(join(this.#root, folder)).catch(unlessMissing)) ?? [];
    return names
      .map((name) => Buffer.from(decodeURIComponent(name)))
      .sort((a, b) => Buffer.compare(a, b))
      .map((key) => key.toString());
  }

  /** `link` fails where the name exists; `rename` replaces. */
  async #show(staged: string, path: string, onlyIfAbsent: boolean): Promise<void> {
    if (!onlyIfAbsent) return rename(staged, path);
    try {
      await link(staged, path);
    } catch (error) {
      throw systemCode(error) === 'EEXIST' ? new S3Error('PreconditionFailed') : error;
    }
    await unlink(staged);
  }

  #path(folder: string, key: string): string {
    const name = encodeURIComponent(key).replace(/^\.+/, (dots) => '%2E'.repeat(dots.length));
    if (name.length > 250) throw new S3Error('KeyTooLongError', 'this server takes keys of at most 250 encoded bytes');
    return join(this.#root, folder, name);
  }
}

function trailerOf(facts: ObjectFacts): Buffer {
  const json = Buffer.from(JSON.stringify(facts));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(json.length);
  return Buffer.concat([json, length]);
}

async function readTrailer(file: FileHandle): Promise<StoredObject> {
  const { size: fileSize } = await file.stat();
  const end = Buffer.alloc(Math.min(fileSize, 4_096));
  await file.read(end, 0, end.length, fileSize - end.length);
  const jsonLength = end.readUInt32BE(end.length - 4);
  let json = end.subarray(Math.max(0, end.length - 4 - jsonLength), end.length - 4);
  if (json.length < jsonLength) {
    json = Buffer.alloc(jsonLength);
    await file.read(json, 0, jsonLength, fileSize - 4 - jsonLength);
  }
  return { size: fileSize - 4 - jsonLength, ...JSON.parse(json.toString()) };
}

function unlessMissing(error: unknown): undefined {
  if (systemCode(error) === 'ENOENT') return undefined;
  throw error;
}
