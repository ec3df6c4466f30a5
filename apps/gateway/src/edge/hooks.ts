import { randomUUID } from 'node:crypto';
import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Log } from '@videoapi/chassis';
import { AppError } from '@videoapi/contracts';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { isWorthReading } from './answer-error.js';
import { Edge } from './edge.js';

/** A caller's own id is taken over when it can harm neither a header nor a log line. */
const acceptable = /^[A-Za-z0-9._:-]{1,128}$/;

/** What happens to every request, whichever route it meets: its id, its times, one line when it is over. */
export function installHooks(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  const log = app.get(Log);
  fastify.addHook('onRequest', (request, reply, done) => {
    const given = request.headers['x-request-id'];
    const requestId = typeof given === 'string' && acceptable.test(given) ? given : randomUUID();
    request.edge = new Edge(requestId, performance.now());
    reply.header('x-request-id', requestId);
    reply.header('x-content-type-options', 'nosniff');
    done(hasNul(request.url) ? new AppError('invalid_request', 'The address cannot be read.') : undefined);
  });
  // The body has arrived: a slow sender's time is not ours.
  fastify.addHook('preValidation', (request, _reply, done) => {
    request.edge.mark('read');
    done();
  });
  fastify.addHook('onSend', (request, reply, payload, done) => {
    reply.header('server-timing', request.edge.serverTiming(performance.now()));
    // Fastify closes on a body that is over its limit.
    if (reply.statusCode === 413 && isWorthReading(request)) reply.removeHeader('connection');
    done(null, payload);
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    log.info(line(request, reply));
    done();
  });
}

/** PostgreSQL keeps no NUL: an id or a filter with one would come back as a failure of ours. */
function hasNul(url: string): boolean {
  return url.includes('%00');
}

/** One line per request. Path parameters stay out of the route's name, and no header or query is ever in it. */
function line(request: FastifyRequest, reply: FastifyReply) {
  const { edge } = request;
  return {
    event: 'request',
    requestId: edge.requestId,
    method: request.method,
    route: request.routeOptions.url ?? 'none',
    status: reply.statusCode,
    durationMs: Math.round((performance.now() - edge.startedAt) * 100) / 100,
    ...(edge.caller !== undefined && { accountId: edge.caller.accountId, keyId: edge.caller.keyId }),
    ...(edge.taskId !== undefined && { taskId: edge.taskId }),
    ...(edge.errorCode !== undefined && { code: edge.errorCode }),
  };
}
