import { type MultipartFile } from '@fastify/multipart';
import { Controller, Post, Req, Res, UseFilters } from '@nestjs/common';
import { AppError, verifyInternal } from '@videoapi/contracts';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { HttpErrors } from './http-errors.js';
import { type IncomingFile, Intake } from './intake.js';
import { UploadSettings } from './upload-settings.js';

const fieldName = 'files';

/** The one HTTP route: bytes do not travel over NATS. The gateway has authenticated the customer and says who it is. */
@Controller('internal')
@UseFilters(HttpErrors)
export class UploadController {
  constructor(
    private readonly intake: Intake,
    private readonly settings: UploadSettings,
  ) {}

  @Post('upload')
  async upload(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const accountId = this.#accountOf(request);
    if (!request.isMultipart()) {
      throw new AppError('invalid_request', 'The body must be multipart/form-data.', { param: fieldName });
    }
    const { maxFiles } = this.settings;
    const parts = request.files({ limits: { files: maxFiles, fields: 20, fileSize: Number.MAX_SAFE_INTEGER } });
    const stored = await this.intake.receive(accountId, incoming(parts));
    const { publicUrl } = this.settings;
    await reply.status(200).send({
      data: stored.map(({ filename, contentType, size, key, path }) => ({
        filename,
        content_type: contentType,
        size,
        key,
        url: publicUrl + path,
      })),
    });
  }

  #accountOf({ headers }: FastifyRequest): string {
    const { authorization = '', 'x-videoapi-account': accountId } = headers;
    const token = /^Internal (\S+)$/.exec(authorization)?.[1] ?? '';
    const nowSeconds = Math.floor(Date.now() / 1000);
    const { internalTokenKey } = this.settings;
    if (typeof accountId !== 'string' || !verifyInternal(internalTokenKey, token, accountId, nowSeconds)) {
      throw new AppError('invalid_api_key', 'This address is for the gateway only.');
    }
    return accountId;
  }
}

/** A client may send a file without a name, whatever the plugin's types say. */
type SentFile = Pick<MultipartFile, 'fieldname' | 'file'> & { readonly filename: string | undefined };

/** @throws AppError for a body that is broken or holds something else than `files` */
async function* incoming(parts: AsyncIterable<SentFile>): AsyncGenerator<IncomingFile> {
  try {
    for await (const part of parts) {
      if (part.fieldname !== fieldName) {
        throw new AppError('invalid_request', `Files must be sent as \`${fieldName}\`.`, { param: fieldName });
      }
      yield { filename: part.filename ?? fieldName, chunks: bytesOf(part.file) };
    }
  } catch (error) {
    throw asRefusal(error);
  }
}

/** A part that breaks off is the sender's fault, wherever its bytes are being read at that moment. */
async function* bytesOf(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* stream;
  } catch (error) {
    throw asRefusal(error);
  }
}

function asRefusal(error: unknown): unknown {
  if (error instanceof AppError) return error;
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  if (code === 'FST_FILES_LIMIT' || code === 'FST_PARTS_LIMIT' || code === 'FST_FIELDS_LIMIT') {
    return new AppError('payload_too_large', 'There are too many parts in one call.', { param: fieldName });
  }
  return new AppError('invalid_request', 'The multipart body is broken.', { param: fieldName, cause: error });
}
