import { randomUUID } from 'node:crypto';
import { AppError } from '@videoapi/contracts';
import { type DataSource } from 'typeorm';
import { insertPending } from '../db/media.store.js';
import { formatOf } from '../format/format.js';
import { mediaPath, signLink } from '../media/link.js';
import { stagingKey, uploadKey } from '../storage/keys.js';
import { type Storage } from '../storage/storage.js';

const uploadSeconds = 3_600;
const stagingSeconds = 3_600;

export interface PresignOptions {
  readonly linkKey: string;
  /** Bytes; larger than what fits through `POST /api/upload`. */
  readonly maxSize: number;
}

/** Gives out URLs that somebody else puts bytes to. */
export class Presign {
  constructor(
    private readonly source: DataSource,
    private readonly storage: Storage,
    private readonly options: PresignOptions,
  ) {}

  /**
   * A customer's large file. Nothing tells us when it was put: the row stays pending until its first use looks.
   * @throws AppError `unsupported_media_type`, `payload_too_large`
   */
  async upload(request: { accountId: string; contentType: string; size: number }) {
    const format = formatOf(request.contentType);
    if (format === undefined) {
      throw new AppError('unsupported_media_type', 'Only images, videos and audio files of common types can be kept.', {
        param: 'content_type',
      });
    }
    const { maxSize, linkKey } = this.options;
    if (request.size > maxSize) {
      throw new AppError('payload_too_large', `At most ${maxSize} bytes can be kept.`, {
        param: 'size',
        details: { limit: maxSize },
      });
    }
    const id = `med_${randomUUID().replaceAll('-', '')}`;
    const now = new Date();
    const { accountId, size } = request;
    const key = uploadKey(accountId, id, format.extension, now);
    const signature = signLink(linkKey, id, accountId);
    const { contentType } = format;
    const row = { id, account_id: accountId, key, signature, content_type: contentType, size };
    await insertPending(this.source, { ...row, origin: 'presigned' });
    const put = { opener: 'customer', seconds: uploadSeconds, contentType, size } as const;
    const { url, headers } = await this.storage.presignPut(key, put);
    return {
      key,
      uploadUrl: url,
      headers,
      expiresAt: new Date(now.getTime() + uploadSeconds * 1000).toISOString(),
      path: mediaPath({ id, signature }, format.extension),
    };
  }

  /** Where a worker puts a result that only its channel's key can download. */
  async staging(request: { attemptId: string; index: number; contentType: string }) {
    const key = stagingKey(request.attemptId, request.index);
    const { contentType } = request;
    return { key, ...(await this.storage.presignPut(key, { opener: 'own', seconds: stagingSeconds, contentType })) };
  }
}
