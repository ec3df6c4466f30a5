import { Controller } from '@nestjs/common';
import {
  deleteMedia,
  openMedia,
  presignStaging,
  presignUpload,
  resolveAssets,
  type RpcRequest,
} from '@videoapi/contracts';
import { HandleRpc } from '@videoapi/messaging';
import { AssetResolver } from '../asset/resolve.js';
import { Presign } from '../intake/presign.js';
import { MediaLinks } from './open.js';
import { MediaRemoval } from './removal.js';

/** `rpc.uploads.v1.*` */
@Controller()
export class MediaRpc {
  constructor(
    private readonly presign: Presign,
    private readonly assets: AssetResolver,
    private readonly links: MediaLinks,
    private readonly removal: MediaRemoval,
  ) {}

  @HandleRpc(presignUpload)
  presignUpload(request: RpcRequest<typeof presignUpload>) {
    return this.presign.upload(request);
  }

  @HandleRpc(presignStaging)
  presignStaging(request: RpcRequest<typeof presignStaging>) {
    return this.presign.staging(request);
  }

  @HandleRpc(resolveAssets)
  async resolveAssets({ accountId, assets }: RpcRequest<typeof resolveAssets>) {
    return { assets: await this.assets.resolve(accountId, assets) };
  }

  @HandleRpc(openMedia)
  openMedia(request: RpcRequest<typeof openMedia>) {
    return this.links.open(request);
  }

  @HandleRpc(deleteMedia)
  async deleteMedia({ accountId, mediaIds }: RpcRequest<typeof deleteMedia>) {
    return { deleted: await this.removal.remove(accountId, mediaIds) };
  }
}
