import { AppError, signInternal } from '@videoapi/contracts';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { Readable } from 'node:stream';
import { z } from 'zod';
import { type GatewayConfig } from '../config.js';
import { answerError } from '../edge/answer-error.js';

/** A refusal is a few lines; more than this is not one of ours. */
const maxRefusalBytes = 64 * 1024;
const refusal = z.object({
  error: z.object({ code: z.string(), message: z.string(), param: z.string().optional() }),
});

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
  void reply.from(`${config.uploadsUrl}/internal/upload`, {
    rewriteRequestHeaders: ({ headers, edge }) => ({
      'content-type': headers['content-type'],
      ...(headers['content-length'] !== undefined && { 'content-length': headers['content-length'] }),
      'x-videoapi-account': accountId,
      'x-request-id': edge.requestId,
      authorization: `Internal ${signInternal(config.internalTokenKey, accountId, Math.floor(Date.now() / 1000))}`,
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

async function readRefusal(stream: Readable): Promise<AppError> {
  try {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of stream) {
      const bytes = Buffer.from(chunk);
      size += bytes.length;
      if (size > maxRefusalBytes) break;
      chunks.push(bytes);
    }
    const { code, message, param } = refusal.parse(JSON.parse(Buffer.concat(chunks).toString())).error;
    return AppError.revive({ code, message, ...(param !== undefined && { param }) });
  } catch (cause) {
    return new AppError('internal_error', 'Something went wrong on our side.', { cause });
  }
}
