import { createHash } from 'node:crypto';
import { type IncomingMessage, type ServerResponse } from 'node:http';
import { Busboy } from '@fastify/busboy';
import { serve } from '@videoapi/testing';

export interface SeenFile {
  readonly accountId: string;
  readonly filename: string;
  readonly contentType: string;
  readonly size: number;
  readonly sha256: string;
  readonly key: string;
}

/** A stand-in for the uploads service: takes every file, and remembers what it saw. */
export async function startUploads() {
  const seen: SeenFile[] = [];
  const double = { answer: take };
  function take(request: IncomingMessage, response: ServerResponse): void {
    const busboy = new Busboy({ headers: { 'content-type': String(request.headers['content-type']) } });
    busboy.on('file', (_name, stream, filename, _encoding, contentType) => {
      const hash = createHash('sha256');
      let size = 0;
      stream.on('data', (chunk: Buffer) => {
        hash.update(chunk);
        size += chunk.length;
      });
      stream.on('end', () => {
        const key = `uploads/acc/2026/11/med_${seen.length}.${filename.split('.').at(-1)}`;
        const accountId = String(request.headers['x-videoapi-account']);
        const file = { accountId, filename, contentType, size, sha256: hash.digest('hex'), key };
        seen.push(file);
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ data: [{ filename, content_type: contentType, size, key, url: 'u' }] }));
      });
    });
    busboy.on('error', () => response.destroy());
    request.pipe(busboy);
  }
  const { url, close } = await serve((request, response) => double.answer(request, response));
  return {
    seen,
    url,
    close,
    set: (answer: typeof take) => (double.answer = answer),
    reset: () => (double.answer = take),
  };
}
