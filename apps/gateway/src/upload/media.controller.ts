import { Controller, Get, Param, Res } from '@nestjs/common';
import { AppError, openMedia } from '@videoapi/contracts';
import { RpcClient } from '@videoapi/messaging';
import { type FastifyReply } from 'fastify';
import { Public } from '../edge/access.js';

/** `<signature>.mp4` */
const fileName = /^([A-Za-z0-9_-]{8,64})\.[a-z0-9]{2,5}$/;
const mediaName = /^[A-Za-z0-9_-]{1,64}$/;
/** How much of a presigned URL's life a browser may use: what is left must be enough to begin a download. */
const reusable = 0.5;

/**
 * The stable links in answers and deliveries: `/media/<id>/<signature>.mp4`. The signature is the right to read, so no
 * key is asked for; the answer sends the client to the object store for a while, which serves ranges.
 */
@Controller('/media')
@Public()
export class MediaController {
  constructor(private readonly rpc: RpcClient) {}

  /** HEAD too: Fastify answers it wherever it answers GET. */
  @Get('/:id/:file')
  async open(@Param('id') mediaId: string, @Param('file') file: string, @Res() reply: FastifyReply): Promise<void> {
    const signature = fileName.exec(file)?.[1];
    if (signature === undefined || !mediaName.test(mediaId)) throw new AppError('not_found', 'There is no such file.');
    const { url, expiresInSeconds } = await this.rpc.call(openMedia, { mediaId, signature }, { timeoutMs: 5_000 });
    void reply
      .status(302)
      .header('location', url)
      .header('cache-control', `private, max-age=${Math.floor(expiresInSeconds * reusable)}`)
      .send();
  }
}
