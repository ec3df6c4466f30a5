import { type ResultSource } from '@videoapi/contracts';
import { FetchNetworkError, type SafeFetch } from '@videoapi/safe-fetch';
import { type Storage } from '../storage/storage.js';
import { collect, type Collected } from './collect.js';
import { failureOfFetch, failureOfStatus, StoreFailure } from './failure.js';

/** Below this a result stays in memory on its way through. */
const memoryBytes = 8 * 1024 * 1024;
/** Ten minutes: 2 GB at 3.5 MB/s. */
const timeoutMs = 600_000;

export interface ResultFetchOptions {
  /** Bytes. */
  readonly maxBytes: number;
}

/** Reads results from where providers leave them. */
export class ResultFetch {
  constructor(
    private readonly safeFetch: SafeFetch,
    private readonly storage: Storage,
    private readonly options: ResultFetchOptions,
  ) {}

  /** @throws StoreFailure; AppError `unavailable` when our own store is not there. */
  async read(attemptId: string, source: ResultSource): Promise<Collected> {
    if (source.kind === 'uploaded') return this.readObject(stagedBy(attemptId, source.key));
    try {
      return await this.#readUrl(source.url);
    } catch (error) {
      throw failureOfFetch(error);
    }
  }

  /** What one of our own keys holds. */
  async readObject(key: string): Promise<Collected> {
    const body = await this.storage.open(key);
    if (body === undefined) throw new StoreFailure('gone', 'The result was never put where it should be', false);
    return collect(capped(body, this.options.maxBytes), memoryBytes);
  }

  onApplicationShutdown(): Promise<void> {
    return this.safeFetch.close();
  }

  async #readUrl(url: string): Promise<Collected> {
    try {
      return await this.#download(url);
    } catch (error) {
      // A kept-alive connection that the other side was just closing: worth one more try, and no more than one.
      if (error instanceof FetchNetworkError && error.code === 'reset') return this.#download(url);
      throw error;
    }
  }

  async #download(url: string): Promise<Collected> {
    const { maxBytes } = this.options;
    const response = await this.safeFetch.request(url, { onBody: 'stream', maxBytes, maxRedirects: 3, timeoutMs });
    if (response.status === 200) return collect(response.body, memoryBytes);
    response.body.on('error', () => undefined).destroy();
    throw failureOfStatus(response.status);
  }
}

/** A worker may only hand over what was staged for its own attempt. */
function stagedBy(attemptId: string, key: string): string {
  if (key.startsWith(`staging/${attemptId}-`)) return key;
  throw new StoreFailure('blocked', 'The staged result belongs to another attempt', false);
}

async function* capped(body: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new StoreFailure('too_large', 'The result is too large: too_large', false);
    yield chunk;
  }
}
