import { type HttpOptions } from '@videoapi/chassis';
import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Doorkeeper } from './callback/doorkeeper.js';

/** Bytes of a callback's body. */
const maxBodyBytes = 2 * 1024 * 1024;

export const httpOptions = {
  bodyLimit: maxBodyBytes,
  fastify: { requestTimeout: 30_000 },
  configure: configureHttp,
} satisfies Omit<HttpOptions, 'port'>;

/** Nothing parses a callback: signatures are over bytes, and what cannot be read is stored all the same. */
function configureHttp(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  fastify.removeAllContentTypeParsers();
  const keep = (_request: unknown, body: Buffer, done: (error: null, body: Buffer) => void) => done(null, body);
  fastify.addContentTypeParser('*', { parseAs: 'buffer' }, keep);
  // Nest would add its own for these two; their places are taken first.
  for (const type of ['application/json', 'application/x-www-form-urlencoded']) {
    app.useBodyParser(type, {}, (_request, body, done) => done(null, body));
  }
  app.get(Doorkeeper).guard(fastify);
}
