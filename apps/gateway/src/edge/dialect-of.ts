import { type Dialect, native } from '@videoapi/dialects';
import { type FastifyRequest } from 'fastify';

/** Whose words an error is told in: decided by the path alone, since an error may come before anything else is known. */
export function dialectOf(_request: FastifyRequest): Dialect {
  return native;
}
