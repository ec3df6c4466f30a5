import { crc32 } from 'node:zlib';
import { readBody } from './body.js';

const streaming = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';
const frames = 'b\r\nhello world\r\n3\r\n, !\r\n0\r\n';
const hello = 'hello world, !';
const helloCrc = ((): string => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(hello));
  return bytes.toString('base64');
})();

async function* inPieces(text: string, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < text.length; at += size) yield Buffer.from(text.slice(at, at + size), 'latin1');
}

async function receive(source: string, headers: Record<string, string>, hash: string, size = 7): Promise<string> {
  const body = readBody(inPieces(source, size), headers, hash);
  const chunks: Buffer[] = [];
  for await (const chunk of body.bytes) chunks.push(chunk);
  body.finish();
  return Buffer.concat(chunks).toString('latin1');
}

describe('readBody', () => {
  const chunked = { 'x-amz-decoded-content-length': '14', 'x-amz-trailer': 'x-amz-checksum-crc32' };
  const framed = `${frames}x-amz-checksum-crc32:${helloCrc}\r\n\r\n`;

  it.each([1, 2, 3, 5, 1000])('takes aws-chunked framing off, whatever the size of the pieces (%i)', async (size) => {
    expect(await receive(framed, chunked, streaming, size)).toBe(hello);
  });

  it('refuses a trailing checksum that does not match', async () => {
    const wrong = `${frames}x-amz-checksum-crc32:AAAAAA==\r\n\r\n`;
    await expect(receive(wrong, chunked, streaming)).rejects.toMatchObject({ code: 'BadDigest' });
    await expect(receive(`${frames}\r\n`, chunked, streaming)).rejects.toMatchObject({ code: 'BadDigest' });
  });

  it('refuses a body that ends early or has another length than announced', async () => {
    const cut = framed.slice(0, 20);
    await expect(receive(cut, chunked, streaming)).rejects.toMatchObject({ code: 'IncompleteBody' });
    const longer = { ...chunked, 'x-amz-decoded-content-length': '15' };
    await expect(receive(framed, longer, streaming)).rejects.toMatchObject({ code: 'IncompleteBody' });
  });

  it('refuses another payload than the one that was signed', async () => {
    const hash = 'b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9';
    expect(await receive('hello world', {}, hash)).toBe('hello world');
    await expect(receive('hello World', {}, hash)).rejects.toMatchObject({ code: 'XAmzContentSHA256Mismatch' });
  });

  it('refuses a checksum that it cannot verify', async () => {
    const crc32c = { 'x-amz-checksum-crc32c': 'AAAAAA==' };
    await expect(receive('x', crc32c, 'UNSIGNED-PAYLOAD')).rejects.toMatchObject({ code: 'NotImplemented' });
  });
});
