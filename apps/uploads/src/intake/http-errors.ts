import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import { Log } from '@videoapi/chassis';
import { AppError } from '@videoapi/contracts';
import { type FastifyReply, type FastifyRequest } from 'fastify';

/** How long a client may go on sending what nobody wants, so that it gets to read why. */
const lingerMs = 2_000;

/** `{ "error": { code, message, … } }` with the code's own status, for the gateway to put into the caller's dialect. */
@Catch()
export class HttpErrors implements ExceptionFilter {
  constructor(private readonly log: Log) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const error = AppError.from(thrown);
    if (error.status >= 500) this.log.error({ event: 'upload_failed', code: error.code, err: error.cause ?? error });
    // A connection that is reset takes an unread answer with it: read on for a moment, then hang up.
    request.raw.unpipe();
    request.raw.resume();
    reply.raw.once('finish', () => {
      const timer = setTimeout(() => request.raw.destroy(), lingerMs);
      request.raw.once('close', () => clearTimeout(timer));
    });
    if (error.retryAfterMs !== undefined) reply.header('retry-after', Math.ceil(error.retryAfterMs / 1000));
    void reply.status(error.status).header('connection', 'close').send({ error: error.toJSON() });
  }
}
