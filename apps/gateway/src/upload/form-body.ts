import { finished, type Readable } from 'node:stream';
import { Busboy } from '@fastify/busboy';
import { AppError } from '@videoapi/contracts';
import { maxDataUrlBytes } from '@videoapi/dialects';
import { type KeptFile, type OutgoingFile } from './file-store.js';

const maxFiles = 10;
const maxFields = 200;
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
  busboy.on('file', (name, bytes, filename: string | undefined, _encoding, type) => {
    if (filename === '') return void bytes.resume(); // a form in a browser, with no file chosen
    const file = { filename: filename ?? name, contentType: type, bytes };
    const kept = keepPart(name, file, (outgoing) => keep(outgoing, broken.signal));
    kept.catch(reject);
    parts.push(kept);
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
    // Destroying the request would take the connection, and with it the answer that says why.
    payload.unpipe(busboy);
    payload.resume();
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
  file: OutgoingFile,
  keep: (file: OutgoingFile) => Promise<KeptFile>,
): Promise<Part> {
  try {
    const kept = await keep(file);
    return { name, value: kept.key, file: kept };
  } catch (error) {
    if (!(error instanceof AppError) || error.status >= 500) throw error;
    throw new AppError(error.code, error.message, { param: name, cause: error });
  }
}

function unreadable(cause: unknown): AppError {
  return new AppError('invalid_request', 'The multipart body cannot be read.', { cause });
}
