import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import { AppError, type ErrorCode } from '@videoapi/contracts';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { answerError } from './answer-error.js';
import { RouteTable } from './route-table.js';
import { Tongue } from './tongue.js';

const log = new Logger('edge');

/** What Fastify and Nest refuse on their own, before any code of ours runs. */
const codes: Readonly<Record<number, { readonly code: ErrorCode; readonly message: string }>> = {
  400: { code: 'invalid_request', message: 'The request cannot be read.' },
  404: { code: 'not_found', message: 'There is nothing at this address.' },
  405: { code: 'method_not_allowed', message: 'This address does not take that method.' },
  408: { code: 'invalid_request', message: 'The request took too long to arrive.' },
  413: { code: 'payload_too_large', message: 'The request body is too large.' },
  414: { code: 'invalid_request', message: 'The address is too long.' },
  415: { code: 'unsupported_media_type', message: 'Send the body as application/json.' },
  431: { code: 'invalid_request', message: 'The headers are too large.' },
  503: { code: 'unavailable', message: 'The service is shutting down. Try again.' },
};

/** The only place where an error becomes an HTTP answer. */
@Catch()
export class EdgeErrors implements ExceptionFilter {
  constructor(
    private readonly routes: RouteTable,
    private readonly tongue: Tongue,
  ) {}

  async catch(exception: unknown, host: ArgumentsHost): Promise<void> {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const error = this.translate(exception, request, reply);
    const { requestId } = request.edge;
    if (error.status === 500) {
      log.error({ event: 'request_failed', requestId, route: request.routeOptions.url, err: error.cause ?? error });
    }
    await this.tongue.learn(request);
    // A stream of ours already has its status line out: all that is left is to end it.
    if (reply.sent || reply.raw.headersSent) {
      reply.raw.destroy();
      return;
    }
    answerError(reply, error);
  }

  private translate(exception: unknown, request: FastifyRequest, reply: FastifyReply): AppError {
    const status = statusOf(exception);
    if (exception instanceof AppError || status === undefined) return AppError.from(exception);
    const allowed = status === 404 ? this.routes.methodsOf(request.url) : [];
    if (allowed.length > 0) reply.header('allow', allowed.join(', '));
    const known = codes[allowed.length > 0 ? 405 : status];
    if (known === undefined) return AppError.from(exception);
    return new AppError(known.code, known.message, { cause: exception });
  }
}

/** Of a refusal by Nest or Fastify; undefined for anything that nobody meant to be an answer. */
function statusOf(exception: unknown): number | undefined {
  if (exception instanceof HttpException) return exception.getStatus();
  if (typeof exception !== 'object' || exception === null) return undefined;
  const code: unknown = Reflect.get(exception, 'code');
  const status: unknown = Reflect.get(exception, 'statusCode');
  const isFastify = typeof code === 'string' && code.startsWith('FST_');
  return isFastify && typeof status === 'number' && status < 500 ? status : undefined;
}
