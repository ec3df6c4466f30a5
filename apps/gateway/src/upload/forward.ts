import { AppError } from '@videoapi/contracts';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { Readable } from 'node:stream';
import { type GatewayConfig } from '../config.js';
import { answerError } from '../edge/answer-error.js';
import { detached } from './detached.js';
import { internalHeaders } from './internal.js';
import { readRefusal } from './refusal.js';

/**
 * Streams the body to the uploads service and its answer back: as fast as the slower side, never a whole file in memory.
 * When the customer goes away the upload is broken off with it.
 */
export function forwardUpload(
  config: GatewayConfig,
  accountId: string,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  if (!(request.body instanceof Readable)) {
    throw new AppError('unsupported_media_type', 'Send the files as multipart/form-data.');
  }
  request.body = detached(request.body);
  void reply.from(`${config.uploadsUrl}/internal/upload`, {
    rewriteRequestHeaders: ({ headers, edge }) => ({
      'content-type': headers['content-type'],
      ...(headers['content-length'] !== undefined && { 'content-length': headers['content-length'] }),
      ...internalHeaders(config.internalTokenKey, accountId, edge.requestId),
    }),
    rewriteHeaders: (headers) => ({ 'content-type': headers['content-type'] }),
    onError: (_reply, { error }) => {
      const message = 'Uploads are not available now.';
      answerError(reply, new AppError('unavailable', message, { cause: error, retryAfterMs: 1_000 }));
    },
    onResponse: (_request, _reply, { stream }) => {
      if (reply.statusCode < 400) void reply.send(stream);
      else void readRefusal(stream).then((error) => answerError(reply, error));
    },
  });
}
