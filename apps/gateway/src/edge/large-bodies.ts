import { type IncomingHttpHeaders } from 'node:http';
import { AppError } from '@videoapi/contracts';
import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { Authenticator } from '../api-key/authenticator.js';
import { maxFieldBytes } from '../upload/form-body.js';
import { Admission } from './admission.js';
import { maxJsonBytes } from './body-parsers.js';
import { isVideoPath } from './dialect-of.js';

/** Bodies at once that may be larger than an ordinary one: a picture inside a text costs several times its size. */
const maxAtOnce = 16;

/**
 * `/v1/videos` takes data URLs, so its bodies may be large. Such a body is read only for a key that is good, since all
 * that the access guard asks comes after the body, and only so many of them at once.
 */
export function installLargeBodies(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  const admission = app.get(Admission);
  const authenticator = app.get(Authenticator);
  let open = 0;
  fastify.addHook('onRoute', (route) => {
    if (isVideoPath(route.url)) route.bodyLimit = maxFieldBytes;
  });
  const admit = async (request: FastifyRequest, reply: FastifyReply) => {
    const key = await admission.keyOf(request);
    request.edge.keyDialect = key.dialect;
    authenticator.callerOf(key);
    if (open >= maxAtOnce)
      throw new AppError('overloaded', 'Too many large requests at once.', { retryAfterMs: 1_000 });
    open += 1;
    reply.raw.once('close', () => (open -= 1));
  };
  fastify.addHook('preParsing', async (request, reply, payload) => {
    if (isLarge(request.headers) && isVideoPath(request.routeOptions.url ?? '')) await admit(request, reply);
    return payload;
  });
}

/** Or of a length that nobody has told. */
function isLarge(headers: IncomingHttpHeaders): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > maxJsonBytes;
}
