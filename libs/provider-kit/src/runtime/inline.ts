import { InlineFile } from '../call/inline-file.js';

/** An input file's bytes, as fetched. */
export interface FetchedFile {
  readonly bytes: Uint8Array;
  readonly contentType: string;
}

/** The value with the content of every file in its place. Files are fetched one after the other, each once. */
export async function inlined(value: unknown, fetchFile: (url: string) => Promise<FetchedFile>): Promise<unknown> {
  const files = new Map<string, FetchedFile>();
  for (const { url } of filesIn(value)) if (!files.has(url)) files.set(url, await fetchFile(url));
  return files.size === 0 ? value : replaced(value, files);
}

function* filesIn(value: unknown): Generator<InlineFile> {
  if (value instanceof InlineFile) yield value;
  else if (typeof value === 'object' && value !== null) for (const entry of Object.values(value)) yield* filesIn(entry);
}

function replaced(value: unknown, files: ReadonlyMap<string, FetchedFile>): unknown {
  if (value instanceof InlineFile) return textOf(value, files);
  if (Array.isArray(value)) return value.map((entry: unknown) => replaced(entry, files));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, replaced(entry, files)]));
}

function textOf({ url, as }: InlineFile, files: ReadonlyMap<string, FetchedFile>): string | undefined {
  const file = files.get(url);
  if (file === undefined || as === 'mime-type') return file?.contentType;
  const base64 = Buffer.from(file.bytes.buffer, file.bytes.byteOffset, file.bytes.byteLength).toString('base64');
  return as === 'base64' ? base64 : `data:${file.contentType};base64,${base64}`;
}
