import { AppError } from '@videoapi/contracts';
import { type DataSource } from 'typeorm';
import { findLinked } from '../db/media.store.js';
import { type Storage } from '../storage/storage.js';
import { sameSignature, splitLinkId } from './link.js';

const openSeconds = 900;

/** Opens media links: the only way from the outside to what is in the bucket. */
export class MediaLinks {
  constructor(
    private readonly source: DataSource,
    private readonly storage: Storage,
  ) {}

  /** @throws AppError `not_found`, whatever is wrong with the link: an unknown id and a wrong signature look the same. */
  async open(link: { mediaId: string; signature: string }) {
    const { mediaId, isThumbnail } = splitLinkId(link.mediaId);
    const row = await findLinked(this.source, mediaId);
    const signature = (isThumbnail ? row?.thumbnail_signature : row?.signature) ?? '';
    const key = isThumbnail ? row?.thumbnail_key : row?.key;
    if (!sameSignature(link.signature, signature) || row === undefined || typeof key !== 'string') {
      throw new AppError('not_found', 'There is no such media.');
    }
    const contentType = isThumbnail ? 'image/webp' : row.content_type;
    const filename = `${link.mediaId}${key.slice(key.lastIndexOf('.'))}`;
    const url = await this.storage.presignGet(key, { opener: 'customer', seconds: openSeconds, contentType, filename });
    return { url, contentType, expiresInSeconds: openSeconds };
  }
}
