import { pipeline, type Readable, Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import type { Exchange } from './exchange.js';
import { FetchLimitError, FetchNetworkError } from './errors.js';

/** A decoded body past this size must have cost the sender a fair share of it on the wire. */
const ratioFreeBytes = 1024 * 1024;
const maxRatio = 100;

/**
 * The content of a response: decoded, and cut with a FetchLimitError past `maxBytes` (of content and on the wire) or when
 * it turns out to be a decompression bomb. Whatever else ends it early reaches the reader as the exchange explains it.
 */
export function limitedBody(
  source: Readable,
  { coding, maxBytes, exchange }: { coding: string | undefined; maxBytes: number; exchange: Exchange },
): Readable {
  const decode = coding === undefined ? undefined : decoders.get(coding);
  if (decode === undefined && coding !== undefined && coding !== 'identity') {
    discard(source);
    throw new FetchNetworkError('protocol', 'The response has an unknown content-encoding', true, undefined);
  }
  const wire = new ByteCap((bytes) => (bytes > maxBytes ? 'too_large' : undefined), exchange);
  if (decode === undefined) return pipeline(source, wire, settled);
  const content = new ByteCap((bytes) => {
    if (bytes > maxBytes) return 'too_large';
    return bytes > ratioFreeBytes && bytes > wire.bytes * maxRatio ? 'decompression_ratio' : undefined;
  }, exchange);
  return pipeline(source, wire, decode(), content, settled);
}

/**
 * Collects a body. Past `maxBytes` it is an error, or with `truncate` the end; either way the connection is dropped
 * rather than read on.
 */
export async function readAll(
  stream: Readable,
  { maxBytes, truncate }: { maxBytes: number; truncate: boolean },
): Promise<{ body: Buffer; truncated: boolean }> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    if (!Buffer.isBuffer(chunk)) continue;
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes <= maxBytes) continue;
    if (!truncate) throw new FetchLimitError('too_large', 'The response is too large', true);
    return { body: Buffer.concat(chunks, maxBytes), truncated: true };
  }
  return { body: Buffer.concat(chunks, bytes), truncated: false };
}

/** Hangs up on a body that nobody will read. */
export function discard(source: Readable): void {
  source.on('error', settled).destroy();
}

const decoders = new Map<string, () => Transform>([
  ['gzip', () => createGunzip()],
  ['x-gzip', () => createGunzip()],
  ['deflate', () => createInflate()],
  ['br', () => createBrotliDecompress()],
  ['zstd', () => createZstdDecompress()],
]);

class ByteCap extends Transform {
  bytes = 0;

  constructor(
    private readonly verdict: (bytes: number) => 'too_large' | 'decompression_ratio' | undefined,
    private readonly exchange: Exchange,
  ) {
    super();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    done(error === null ? null : this.exchange.explain(error));
  }

  override _transform(chunk: Buffer, _encoding: string, done: (error: Error | null, chunk?: Buffer) => void): void {
    this.bytes += chunk.length;
    const code = this.verdict(this.bytes);
    if (code === undefined) done(null, chunk);
    else done(new FetchLimitError(code, `Gave up: ${code}`, true));
  }
}

/** `pipeline` wants a callback; by then it has destroyed the last stream with the error, and its reader gets it. */
function settled(): void {}
