import { AppError, type Rpc } from '@videoapi/contracts';
import { z } from 'zod';

/**
 * The same question, its answer taken as it is. For the two rpcs that carry every submit and every read: the answer
 * comes from our own orchestrator, whose types hold it, and parsing a hundred tasks again would cost more than all the
 * rest of a request.
 */
export function trusted<Request extends z.ZodType, Response extends z.ZodType>(rpc: Rpc<Request, Response>) {
  return {
    subject: rpc.subject,
    request: rpc.request,
    response: z.custom<z.output<Response>>(),
  } satisfies Rpc;
}

/**
 * Set when the other side has too much to do. It is then told to each caller of the batch: asking again in ever smaller
 * batches, which is right for one bad item among good ones, would be the worst answer to that.
 */
export function overloadOf(error: unknown): AppError | undefined {
  return error instanceof AppError && error.code === 'overloaded' ? error : undefined;
}
