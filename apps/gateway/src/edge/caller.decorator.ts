import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { AppError } from '@videoapi/contracts';
import { type FastifyRequest } from 'fastify';
import { type Caller } from '../api-key/caller.js';

/** The caller that the access guard found. Only on routes with a scope. */
export const CallerOf = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  const { edge } = context.switchToHttp().getRequest<FastifyRequest>();
  if (edge.caller === undefined) throw new AppError('internal_error', 'This route has no caller.');
  return edge.caller;
});
