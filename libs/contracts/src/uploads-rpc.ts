import { z } from 'zod';
import { defineRpc } from './define.js';

export const presignUpload = defineRpc(
  'rpc.uploads.v1.presign_upload',
  z.object({
    accountId: z.string(),
    filename: z.string().min(1).max(255),
    contentType: z.string().min(1).max(100),
    size: z.int().positive(),
  }),
  z.object({
    key: z.string(),
    uploadUrl: z.url(),
    headers: z.record(z.string(), z.string()),
    expiresAt: z.iso.datetime({ offset: true }),
    path: z.string(),
  }),
);

/**
 * Turns a request's assets into URLs that a provider can fetch, or says which one is wrong. `uploads/…` keys must be the
 * account's own; http(s) URLs are looked at through safe-fetch (address, size, type) and passed on as they are. `ownUrl`:
 * where our own services read the same file, when that is another address.
 */
export const resolveAssets = defineRpc(
  'rpc.uploads.v1.resolve_assets',
  z.object({
    accountId: z.string(),
    assets: z
      .array(z.object({ source: z.string().max(4096), kind: z.enum(['image', 'video', 'audio']) }))
      .min(1)
      .max(64),
  }),
  z.object({
    assets: z.array(
      z.discriminatedUnion('outcome', [
        z.object({
          outcome: z.literal('ok'),
          url: z.url(),
          ownUrl: z.url().optional(),
          contentType: z.string(),
          size: z.int().nullable(),
        }),
        z.object({
          outcome: z.literal('refused'),
          code: z.enum(['asset_not_found', 'asset_blocked', 'asset_unreachable', 'asset_too_large', 'asset_mismatch']),
          message: z.string(),
        }),
      ]),
    ),
  }),
);

/** A media link (`/media/<id>/<signature>.mp4`) becomes a short presigned URL; a wrong signature is `not_found`. */
export const openMedia = defineRpc(
  'rpc.uploads.v1.open_media',
  z.object({ mediaId: z.string().max(64), signature: z.string().max(64) }),
  z.object({ url: z.url(), contentType: z.string(), expiresInSeconds: z.int().positive() }),
);

export const deleteMedia = defineRpc(
  'rpc.uploads.v1.delete_media',
  z.object({ accountId: z.string(), mediaIds: z.array(z.string()).min(1).max(50) }),
  z.object({ deleted: z.int().nonnegative() }),
);

/** For a result that only the channel's key can download: the worker puts the bytes here. An address for our own services. */
export const presignStaging = defineRpc(
  'rpc.uploads.v1.presign_staging',
  z.object({ attemptId: z.uuid(), index: z.int().min(0).max(9), contentType: z.string() }),
  z.object({ key: z.string(), url: z.url(), headers: z.record(z.string(), z.string()) }),
);
