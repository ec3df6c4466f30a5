import { createHash } from 'node:crypto';
import { type IncomingMessage } from 'node:http';
import { Transform } from 'node:stream';
import { type FastifyInstance, type FastifyRequest } from 'fastify';

const digests = new WeakMap<IncomingMessage, string>();
const ofNothing = createHash('sha256').digest('hex');

/** Keeps the SHA-256 of bodies below a path as they arrive: what is parsed no longer tells its bytes. */
export function keepBodyDigests(fastify: Pick<FastifyInstance, 'addHook'>, below: string): void {
  fastify.addHook('preParsing', (request, _reply, payload, done) => {
    if (!request.url.startsWith(below)) return done(null, payload);
    const hash = createHash('sha256');
    const seen = new Transform({
      transform(chunk: Buffer, _encoding, next) {
        hash.update(chunk);
        next(null, chunk);
      },
      flush(next) {
        digests.set(request.raw, hash.digest('hex'));
        next();
      },
    });
    payload.on('error', (error) => seen.destroy(error));
    done(null, payload.pipe(seen));
  });
}

/** Hex. */
export function bodyDigest({ raw }: FastifyRequest): string {
  return digests.get(raw) ?? ofNothing;
}
