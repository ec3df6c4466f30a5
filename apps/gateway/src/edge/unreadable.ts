import { randomUUID } from 'node:crypto';
import { AppError } from '@videoapi/contracts';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { answerError } from './answer-error.js';
import { Edge } from './edge.js';

/** Answers what Fastify cannot find a route for, since the address is no text: no hook runs before this. */
export function answerUnreadable(cause: Error, request: FastifyRequest, reply: FastifyReply): void {
  request.edge = new Edge(randomUUID(), performance.now());
  void reply.header('x-request-id', request.edge.requestId);
  answerError(reply, new AppError('invalid_request', 'The address cannot be read.', { cause }));
}
