import { createHmac, timingSafeEqual } from 'node:crypto';

/** A stored file as a link sees it. */
export interface Linked {
  readonly id: string;
  readonly signature: string;
}

/** 132 bits of HMAC-SHA256: an id may be guessed, a link may not. Made once and stored, so a new key leaves old links alive. */
export function signLink(key: string, mediaId: string, accountId: string): string {
  return createHmac('sha256', key).update(`${mediaId}.${accountId}`).digest('base64url').slice(0, 22);
}

/** Stable for as long as the media is kept; to be put behind the public base URL. */
export function mediaPath({ id, signature }: Linked, extension: string): string {
  return `/media/${id}/${signature}.${extension}`;
}

/** Reads one of our own links back; `undefined` for any other URL. */
export function readMediaUrl(url: string, publicUrl: string): Linked | undefined {
  const prefix = `${publicUrl.replace(/\/+$/, '')}/media/`;
  if (!url.startsWith(prefix)) return undefined;
  const match = /^([a-z0-9_]{1,64})\/([\w-]{22})\.[a-z0-9]{1,5}$/.exec(url.slice(prefix.length));
  const [, id, signature] = match ?? [];
  return id === undefined || signature === undefined ? undefined : { id, signature };
}

/** In constant time. */
export function sameSignature(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** A picture has no row of its own: its link is its video's id with this suffix, under a signature of its own. */
const thumbnailSuffix = '_t';

export function thumbnailId(mediaId: string): string {
  return mediaId + thumbnailSuffix;
}

/** Which row a link is about, and whether it means that row's picture. */
export function splitLinkId(id: string): { mediaId: string; isThumbnail: boolean } {
  const isThumbnail = id.endsWith(thumbnailSuffix);
  return { mediaId: isThumbnail ? id.slice(0, -thumbnailSuffix.length) : id, isThumbnail };
}
