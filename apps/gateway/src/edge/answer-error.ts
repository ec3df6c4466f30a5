import { type AppError } from '@videoapi/contracts';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { dialectOf } from './dialect-of.js';

/** Of a body that is refused: to read it away costs less than it is worth for a caller to see why. */
const mostDiscardedBytes = 64 * 1024 * 1024;

/** Answers with an error in the words of the dialect that was called. */
export function answerError(reply: FastifyReply, error: AppError): void {
  const { request } = reply;
  request.edge.errorCode = error.code;
  if (!request.raw.complete && !isWorthReading(request)) void reply.header('connection', 'close');
  const { status, headers, body } = dialectOf(request).renderError(error, request.edge.requestId);
  void reply.status(status).headers(headers).type('application/json; charset=utf-8').send(JSON.stringify(body));
}

/**
 * Closing the connection while a client is still sending would show it a broken pipe instead of our answer. A body that is
 * not too absurd is therefore read and dropped, which Node does when the connection stays open. Of one without a length
 * nobody knows when it ends: it would keep the connection, and a drain, waiting.
 */
export function isWorthReading({ headers }: Pick<FastifyRequest, 'headers'>): boolean {
  return Number(headers['content-length']) <= mostDiscardedBytes;
}
