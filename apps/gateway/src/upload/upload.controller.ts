import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { presignUpload } from '@videoapi/contracts';
import { RpcClient } from '@videoapi/messaging';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type Caller } from '../api-key/caller.js';
import { RequireScope } from '../edge/access.js';
import { CallerOf } from '../edge/caller.decorator.js';
import { Settings } from '../settings.js';
import { forwardUpload } from './forward.js';

const presignBody = z.object({
  filename: z.string().min(1).max(255),
  content_type: z.string().min(1).max(100),
  size: z.int().positive(),
});

@Controller('/api/upload')
@RequireScope('uploads:write')
export class UploadController {
  constructor(
    private readonly settings: Settings,
    private readonly rpc: RpcClient,
  ) {}

  /** `multipart/form-data`, part name `files`, repeated. The bytes pass through; nothing is kept here. */
  @Post()
  upload(@Req() request: FastifyRequest, @Res() reply: FastifyReply, @CallerOf() { accountId }: Caller): void {
    forwardUpload(this.settings.value, accountId, request, reply);
  }

  /** For large files: a URL to put the bytes to, and what to send along. */
  @Post('/presign')
  @HttpCode(200)
  async presign(@Body({ schema: presignBody }) body: z.output<typeof presignBody>, @CallerOf() { accountId }: Caller) {
    const file = { accountId, filename: body.filename, contentType: body.content_type, size: body.size };
    const presigned = await this.rpc.call(presignUpload, file, { timeoutMs: 5_000 });
    return {
      key: presigned.key,
      upload_url: presigned.uploadUrl,
      method: 'PUT',
      headers: presigned.headers,
      expires_at: presigned.expiresAt,
      url: this.settings.value.publicUrl + presigned.path,
    };
  }
}
