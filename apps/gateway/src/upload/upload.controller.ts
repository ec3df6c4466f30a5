import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { presignUpload } from '@videoapi/contracts';
import { RpcClient } from '@videoapi/messaging';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { type z } from 'zod';
import { type Caller } from '../api-key/caller.js';
import { Describe } from '../docs/describe.js';
import { RequireScope } from '../edge/access.js';
import { CallerOf } from '../edge/caller.decorator.js';
import { Settings } from '../settings.js';
import { forwardUpload } from './forward.js';
import { operations, presignBody, type presigned } from './operations.js';

@Controller('/api/upload')
@RequireScope('uploads:write')
export class UploadController {
  constructor(
    private readonly settings: Settings,
    private readonly rpc: RpcClient,
  ) {}

  /** `multipart/form-data`, part name `files`, repeated. The bytes pass through; nothing is kept here. */
  @Post()
  @Describe(operations.upload)
  upload(@Req() request: FastifyRequest, @Res() reply: FastifyReply, @CallerOf() { accountId }: Caller): void {
    forwardUpload(this.settings.value, accountId, request, reply);
  }

  /** For large files: a URL to put the bytes to, and what to send along. */
  @Post('/presign')
  @Describe(operations.presign)
  @HttpCode(200)
  async presign(
    @Body({ schema: presignBody }) body: z.output<typeof presignBody>,
    @CallerOf() { accountId }: Caller,
  ): Promise<z.output<typeof presigned>> {
    const file = { accountId, filename: body.filename, contentType: body.content_type, size: body.size };
    const answer = await this.rpc.call(presignUpload, file, { timeoutMs: 5_000 });
    return {
      key: answer.key,
      upload_url: answer.uploadUrl,
      method: 'PUT',
      headers: answer.headers,
      expires_at: answer.expiresAt,
      url: this.settings.value.publicUrl + answer.path,
    };
  }
}
