import { Injectable } from '@nestjs/common';
import { AppError, openMedia } from '@videoapi/contracts';
import { RpcClient } from '@videoapi/messaging';
import { type FastifyReply } from 'fastify';

/** `/media/<id>/<signature>.mp4` */
const link = /^\/media\/([A-Za-z0-9_-]{1,64})\/([A-Za-z0-9_-]{8,64})\.[a-z0-9]{2,5}$/;
/** How much of a presigned URL's life a browser may use: what is left must be enough to begin a download. */
const reusable = 0.5;

/** Opens the stable links of stored media, by sending the client to the object store for a while, which serves ranges. */
@Injectable()
export class MediaLinks {
  constructor(private readonly rpc: RpcClient) {}

  /** Throws `not_found`, whatever is wrong with the path. */
  async redirect(path: string, reply: FastifyReply): Promise<void> {
    const [, mediaId, signature] = link.exec(path) ?? [];
    if (mediaId === undefined || signature === undefined) throw new AppError('not_found', 'There is no such file.');
    const { url, expiresInSeconds } = await this.rpc.call(openMedia, { mediaId, signature }, { timeoutMs: 5_000 });
    void reply
      .status(302)
      .header('location', url)
      .header('cache-control', `private, max-age=${Math.floor(expiresInSeconds * reusable)}`)
      .send();
  }
}
