import { createHash } from 'node:crypto';
import { type IncomingHttpHeaders } from 'node:http';
import { crc32 } from 'node:zlib';
import { S3Error } from './error.js';
import { header } from './headers.js';

const checkable = ['crc32', 'sha1', 'sha256'] as const;
type Algorithm = (typeof checkable)[number];
export type Checksums = Partial<Record<Algorithm, string>>;

/** The bytes of a request body, freed of aws-chunked framing, and what was found out about them once they have flowed. */
export interface Body {
  readonly bytes: AsyncIterable<Buffer>;
  /** After the last byte: throws when length, hash or a checksum differs from what the client announced. */
  finish(): { readonly md5: string; readonly checksums: Checksums };
}

export function readBody(source: AsyncIterable<Buffer>, headers: IncomingHttpHeaders, payloadHash: string): Body {
  refuseUncheckable(headers, payloadHash);
  const chunked = payloadHash.startsWith('STREAMING-');
  const announced = new Map(Object.entries(headers).map(([name]) => [name, header(headers, name)]));
  const trailer = header(headers, 'x-amz-trailer').trim();
  const decoded = chunked ? unframe(source, announced) : source;
  const md5 = createHash('md5');
  const hashes = { sha1: createHash('sha1'), sha256: createHash('sha256') };
  let crc = 0;
  let length = 0;
  const wants = (name: Algorithm): boolean =>
    announced.has(`x-amz-checksum-${name}`) || trailer === `x-amz-checksum-${name}`;
  const signedHash = /^[0-9a-f]{64}$/.test(payloadHash);

  async function* bytes(): AsyncGenerator<Buffer> {
    for await (const chunk of decoded) {
      length += chunk.length;
      md5.update(chunk);
      if (wants('crc32')) crc = crc32(chunk, crc);
      if (wants('sha1')) hashes.sha1.update(chunk);
      if (wants('sha256') || signedHash) hashes.sha256.update(chunk);
      yield chunk;
    }
  }

  function finish(): { md5: string; checksums: Checksums } {
    const expectedLength = announced.get('x-amz-decoded-content-length');
    if (chunked && Number(expectedLength) !== length) throw new S3Error('IncompleteBody');
    const sha256 = hashes.sha256.digest();
    if (signedHash && sha256.toString('hex') !== payloadHash) throw new S3Error('XAmzContentSHA256Mismatch');
    const digest = md5.digest();
    const contentMd5 = announced.get('content-md5');
    if (contentMd5 !== undefined && contentMd5 !== digest.toString('base64')) throw new S3Error('BadDigest');
    const actual = { crc32: base64Of(crc), sha1: hashes.sha1.digest('base64'), sha256: sha256.toString('base64') };
    const checksums = checkable.filter(wants).map((name) => {
      if (announced.get(`x-amz-checksum-${name}`) !== actual[name])
        throw new S3Error('BadDigest', `${name} did not match`);
      return [name, actual[name]];
    });
    return { md5: digest.toString('hex'), checksums: Object.fromEntries(checksums) };
  }
  return { bytes: bytes(), finish };
}

/** What cannot be verified here is refused rather than believed: signed chunks, CRC32C, CRC64NVME. */
function refuseUncheckable(headers: IncomingHttpHeaders, payloadHash: string): void {
  const known = new Set<string>(checkable.map((name) => `x-amz-checksum-${name}`));
  const sums = [...Object.keys(headers), header(headers, 'x-amz-trailer').trim()].filter((name) =>
    /^x-amz-checksum-(?!mode|algorithm|type)/.test(name),
  );
  if (payloadHash.startsWith('STREAMING-AWS4') || sums.some((name) => !known.has(name)))
    throw new S3Error('NotImplemented', 'only unsigned chunks and CRC32, SHA1 and SHA256 checksums');
}

/** aws-chunked: `<hex size>\r\n<bytes>\r\n` …, `0\r\n`, then trailer lines, which are added to `announced`. */
async function* unframe(source: AsyncIterable<Buffer>, announced: Map<string, string>): AsyncGenerator<Buffer> {
  const reader = new ByteReader(source);
  for (;;) {
    const size = parseInt(await reader.line(), 16);
    if (Number.isNaN(size)) throw new S3Error('IncompleteBody');
    if (size === 0) break;
    for (let left = size; left > 0;) {
      const bytes = await reader.upTo(left);
      left -= bytes.length;
      yield bytes;
    }
    await reader.line();
  }
  for (let line = await reader.line(); line !== ''; line = await reader.line()) {
    const [name = '', value = ''] = line.split(/:\s*/, 2);
    announced.set(name.toLowerCase(), value);
  }
}

class ByteReader {
  readonly #source: AsyncIterator<Buffer>;
  #pending: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** The next line without its CRLF; '' at the end of the input. */
  async line(): Promise<string> {
    let end: number;
    while ((end = this.#pending.indexOf('\r\n')) < 0) {
      if (this.#pending.length > 8_192) throw new S3Error('IncompleteBody');
      if (!(await this.#more())) return '';
    }
    const line = this.#pending.toString('latin1', 0, end);
    this.#pending = this.#pending.subarray(end + 2);
    return line;
  }

  async upTo(length: number): Promise<Buffer> {
    if (this.#pending.length === 0 && !(await this.#more())) throw new S3Error('IncompleteBody');
    const bytes = this.#pending.subarray(0, length);
    this.#pending = this.#pending.subarray(bytes.length);
    return bytes;
  }

  async #more(): Promise<boolean> {
    const next = await this.#source.next();
    if (next.done === true) return false;
    this.#pending = this.#pending.length === 0 ? next.value : Buffer.concat([this.#pending, next.value]);
    return true;
  }
}

function base64Of(crc: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc);
  return bytes.toString('base64');
}
