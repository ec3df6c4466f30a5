import { type ReadAt } from './collect.js';

/** More top-level boxes than any honest file has: hours of one-second fragments. */
const maxElements = 200_000;

/**
 * Whether a file is all there. A demuxer cannot tell: the tables of a fast-start file come first, and it reads them
 * happily from a download that broke off. But every top-level box says where it ends.
 */
export async function isWhole(readAt: ReadAt, size: number, extension: string): Promise<boolean> {
  const lengthOf = extension === 'mp4' || extension === 'mov' ? isoBoxLength : ebmlElementLength;
  let position = 0;
  for (let count = 0; position < size; count += 1) {
    if (count === maxElements) return false;
    const length = lengthOf(await readAt(position, 16));
    if (length === undefined) return false;
    if (length === 'to the end') return true;
    position += length;
  }
  return position === size && size > 0;
}

type Length = number | 'to the end' | undefined;

/** ISO 14496-12, 4.2: 32-bit size and type; 1 means that a 64-bit size follows, 0 that the box is the last one. */
function isoBoxLength(header: Buffer): Length {
  if (header.length < 8) return undefined;
  const short = header.readUInt32BE(0);
  if (short === 0) return 'to the end';
  if (short === 1) return header.length < 16 ? undefined : safeLength(header.readBigUInt64BE(8), 16);
  return safeLength(BigInt(short), 8);
}

/** RFC 8794, 5-6: an id and a size of variable width, whose leading zeros tell how many bytes follow; all ones: unknown. */
function ebmlElementLength(header: Buffer): Length {
  const idBytes = widthOf(header[0]);
  const sizeBytes = idBytes === undefined ? undefined : widthOf(header[idBytes]);
  if (idBytes === undefined || sizeBytes === undefined || header.length < idBytes + sizeBytes) return undefined;
  const mask = (1n << BigInt(7 * sizeBytes)) - 1n;
  const value = BigInt(`0x${header.toString('hex', idBytes, idBytes + sizeBytes)}`) & mask;
  if (value === mask) return 'to the end';
  return safeLength(value + BigInt(idBytes + sizeBytes), idBytes + sizeBytes);
}

function widthOf(first: number | undefined): number | undefined {
  return first === undefined || first === 0 ? undefined : Math.clz32(first) - 23;
}

function safeLength(length: bigint, least: number): number | undefined {
  return length >= least && length <= Number.MAX_SAFE_INTEGER ? Number(length) : undefined;
}
