import { type AppError } from '@videoapi/contracts';
import { type FastifyReply } from 'fastify';
import { dialectOf } from './dialect-of.js';

/** Answers with an error in the words of the dialect that was called. */
export function answerError(reply: FastifyReply, error: AppError): void {
  const { request } = reply;
  request.edge.errorCode = error.code;
  // The rest of a body that nobody will read would keep the connection, and a drain, waiting.
  if (!request.raw.complete) void reply.header('connection', 'close');
  const { status, headers, body } = dialectOf(request).renderError(error, request.edge.requestId);
  void reply.status(status).headers(headers).type('application/json; charset=utf-8').send(JSON.stringify(body));
}
