import { finished, type Readable, type Writable } from 'node:stream';
import { Busboy } from '@fastify/busboy';
import { AppError } from '@videoapi/contracts';
import { maxDataUrlBytes } from '@videoapi/dialects';
import { type KeptFile, type OutgoingFile } from './file-store.js';

const maxFiles = 10;
const maxFields = 200;
/** How long a sender may go on with what nobody wants, so that it gets to read why. */
const lingerMs = 2_000;
/** Of all fields together: one data URL in base64, and room for the rest. */
export const maxFieldBytes = Math.ceil(maxDataUrlBytes / 3) * 4 + 1024 * 1024;

export interface FormBody {
  /** In the order sent; a file stands as its key. */
  readonly entries: readonly (readonly [name: string, value: string])[];
  readonly files: readonly KeptFile[];
}

/**
 * Reads a form while it arrives: each file is handed to `keep` as a stream, and the next part is not read before the
 * bytes of this one have been taken. The signal is aborted when the form cannot be read to its end, which ends the
 * uploads with it. @throws AppError `invalid_request`, `payload_too_large`, what `keep` threw, naming the field
 */
export async function readFormBody(
  payload: Readable,
  contentType: string,
  keep: (file: OutgoingFile, signal: AbortSignal) => Promise<KeptFile>,
): Promise<FormBody> {
  const busboy = openForm(contentType);
  const broken = new AbortController();
  const { promise: isRead, resolve, reject } = Promise.withResolvers<void>();
  const parts: Promise<Part>[] = [];
  let fieldBytes = 0;
  const tooLarge = (message: string) => reject(new AppError('payload_too_large', message));
  busboy.on('field', (name, value, _isNameCut, isCut) => {
    fieldBytes += Buffer.byteLength(value);
    if (isCut || fieldBytes > maxFieldBytes) tooLarge(`The fields may have ${maxFieldBytes} bytes in all.`);
    else parts.push(Promise.resolve({ name, value }));
  });
  busboy.on('file', (name, bytes, filename: string | undefined, _encoding, contentType) => {
    bytes.on('error', () => undefined); // a form that breaks off may say so when nobody reads this part any more
    const part = keepPart(name, { filename, contentType, bytes }, (file) => keep(file, broken.signal));
    part.catch(reject);
    parts.push(part);
  });
  busboy.on('filesLimit', () => tooLarge(`At most ${maxFiles} files at once.`));
  busboy.on('fieldsLimit', () => tooLarge(`At most ${maxFields} fields at once.`));
  busboy.on('error', (cause) => reject(unreadable(cause)));
  busboy.on('finish', resolve);
  finished(payload, { writable: false }, (cause) => {
    if (cause !== undefined && cause !== null) reject(unreadable(cause));
  });
  payload.pipe(busboy);
  try {
    await isRead;
    const all = await Promise.all(parts);
    return {
      entries: all.map(({ name, value }) => [name, value]),
      files: all.flatMap(({ file }) => (file === undefined ? [] : [file])),
    };
  } catch (error) {
    broken.abort(error);
    await linger(payload, busboy);
    throw error;
  }
}

interface Part {
  readonly name: string;
  readonly value: string;
  readonly file?: KeptFile;
}

function openForm(contentType: string) {
  try {
    return new Busboy({
      headers: { 'content-type': contentType },
      limits: { files: maxFiles, fields: maxFields, fieldSize: maxFieldBytes, headerPairs: 20, headerSize: 8_192 },
    });
  } catch (cause) {
    throw unreadable(cause);
  }
}

async function keepPart(
  name: string,
  { filename, contentType, bytes }: IncomingPart,
  keep: (file: OutgoingFile) => Promise<KeptFile>,
): Promise<Part> {
  const chunks = bytes[Symbol.asyncIterator]();
  const first = await chunks.next();
  if (first.done === true && filename === undefined) return { name, value: '' }; // no file chosen, says a browser
  try {
    const kept = await keep({ filename: filename ?? name, contentType, bytes: chain(first, chunks) });
    return { name, value: kept.key, file: kept };
  } catch (error) {
    if (!(error instanceof AppError) || error.status >= 500) throw error;
    throw new AppError(error.code, error.message, { param: name, cause: error });
  }
}

interface IncomingPart {
  readonly filename: string | undefined;
  readonly contentType: string;
  readonly bytes: AsyncIterable<Uint8Array>;
}

async function* chain(
  first: IteratorResult<Uint8Array, unknown>,
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  for (let next = first; next.done !== true; next = await rest.next()) yield next.value;
}

/**
 * Reads on for a moment: an answer in the middle of a body is lost with the connection. Destroying the request would take
 * the connection at once.
 */
async function linger(payload: Readable, busboy: Writable): Promise<void> {
  payload.unpipe(busboy);
  payload.resume();
  const { promise, resolve } = Promise.withResolvers<void>();
  finished(payload, { writable: false }, () => resolve());
  const timer = setTimeout(resolve, lingerMs);
  await promise;
  clearTimeout(timer);
}

function unreadable(cause: unknown): AppError {
  return new AppError('invalid_request', 'The multipart body cannot be read.', { cause });
}
