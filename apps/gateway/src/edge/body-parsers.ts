import { AppError } from '@videoapi/contracts';
import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { isVideoPath } from './dialect-of.js';
import { readJson } from './json-body.js';

/** Bytes of a JSON body. */
export const maxJsonBytes = 1024 * 1024;

/** Routes that take a form, which is read as a stream: its files go on to the uploads service as they arrive. */
const takesForms = (route: string) => route === '/api/upload' || isVideoPath(route);

/** JSON everywhere, multipart where files are uploaded, and 415 before a byte is read of anything else. */
export function installBodyParsers(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  fastify.removeContentTypeParser('text/plain');
  app.useBodyParser('application/json', { bodyLimit: maxJsonBytes }, (_request, body, done) => {
    try {
      done(null, readJson(body));
    } catch (error) {
      done(AppError.from(error));
    }
  });
  fastify.addContentTypeParser('multipart/form-data', (request, payload, done) => {
    if (takesForms(request.routeOptions.url ?? '')) done(null, payload);
    else done(unsupported());
  });
  fastify.addContentTypeParser('*', (_request, _payload, done) => done(unsupported()));
  // Nest would add its own for forms; its place is taken first.
  app.useBodyParser('application/x-www-form-urlencoded', {}, (_request, _body, done) => done(unsupported()));
}

function unsupported(): AppError {
  return new AppError('unsupported_media_type', 'Send the body as application/json.');
}
