import { addressList, loadConfig, port, serviceEnv } from '@videoapi/chassis';
import { databaseEnv } from '@videoapi/database';
import { natsEnv } from '@videoapi/messaging';
import { z } from 'zod';
import { type MediaKind } from './format/format.js';
import { type StorageOptions } from './storage/storage.js';

const mebibytes = (most: number) =>
  z.coerce
    .number()
    .positive()
    .default(most)
    .transform((value) => Math.round(value * 1024 * 1024));

const env = z.object({
  ...serviceEnv,
  ...databaseEnv,
  ...natsEnv,
  PORT: port,
  /** Prefix of every link that we hand out. */
  PUBLIC_URL: z.url({ protocol: /^https?$/ }),
  /** Shared with the gateway: proves for which account a body is forwarded. */
  INTERNAL_TOKEN_KEY: z.string().min(32),
  /** Signs media links. Links that exist stay valid when it changes. */
  MEDIA_LINK_KEY: z.string().min(32),
  /** How our own services reach the bucket: this one, and workers by the links that it gives them. */
  S3_ENDPOINT: z.url({ protocol: /^https?$/ }),
  /** How customers and providers reach it; default S3_ENDPOINT. */
  S3_PUBLIC_ENDPOINT: z.url({ protocol: /^https?$/ }).optional(),
  S3_REGION: z.string().min(1),
  S3_BUCKET: z.string().min(1),
  S3_ACCESS_KEY_ID: z.string().min(1),
  S3_SECRET_ACCESS_KEY: z.string().min(1),
  /** Private addresses that results may be fetched from. */
  EGRESS_ALLOW: addressList,
  /** Private addresses that customers' asset URLs may lead to. */
  ASSET_ALLOW: addressList,
  MAX_UPLOAD_FILES: z.coerce.number().int().min(1).max(100).default(10),
  MAX_IMAGE_MIB: mebibytes(20),
  MAX_AUDIO_MIB: mebibytes(50),
  MAX_VIDEO_MIB: mebibytes(200),
  /** Of one presigned upload. Sizes are kept as 32-bit integers. */
  MAX_PRESIGNED_MIB: mebibytes(1_024).refine((bytes) => bytes < 2 ** 31, 'at most 2047'),
  /** Of one result. */
  MAX_RESULT_MIB: mebibytes(2_000).refine((bytes) => bytes < 2 ** 31, 'at most 2047'),
  /** Each holds a part of 5 MiB in memory. */
  MAX_CONCURRENT_UPLOADS: z.coerce.number().int().min(1).default(24),
  THUMBNAILS_AT_ONCE: z.coerce.number().int().min(1).default(2),
});

export type Env = z.output<typeof env>;

export interface UploadsConfig {
  readonly publicUrl: string;
  readonly internalTokenKey: string;
  readonly linkKey: string;
  readonly storage: StorageOptions;
  readonly upload: {
    readonly maxFiles: number;
    readonly maxConcurrent: number;
    /** Bytes. */
    readonly limits: Readonly<Record<MediaKind, number>>;
    /** Bytes. */
    readonly maxPresigned: number;
  };
  readonly assetAllow: readonly string[];
  readonly result: {
    readonly allow: readonly string[];
    /** Bytes. */
    readonly maxBytes: number;
    readonly thumbnailsAtOnce: number;
  };
  readonly database: { readonly url: string; readonly poolSize: number };
  readonly natsUrl: string;
}

export function readEnv(): Env {
  return loadConfig(env);
}

export function uploadsConfig(values: Env): UploadsConfig {
  return {
    publicUrl: values.PUBLIC_URL.replace(/\/+$/, ''),
    internalTokenKey: values.INTERNAL_TOKEN_KEY,
    linkKey: values.MEDIA_LINK_KEY,
    storage: {
      endpoint: values.S3_ENDPOINT,
      publicEndpoint: values.S3_PUBLIC_ENDPOINT ?? values.S3_ENDPOINT,
      region: values.S3_REGION,
      bucket: values.S3_BUCKET,
      accessKeyId: values.S3_ACCESS_KEY_ID,
      secretAccessKey: values.S3_SECRET_ACCESS_KEY,
    },
    upload: {
      maxFiles: values.MAX_UPLOAD_FILES,
      maxConcurrent: values.MAX_CONCURRENT_UPLOADS,
      limits: { image: values.MAX_IMAGE_MIB, audio: values.MAX_AUDIO_MIB, video: values.MAX_VIDEO_MIB },
      maxPresigned: values.MAX_PRESIGNED_MIB,
    },
    assetAllow: values.ASSET_ALLOW,
    result: {
      allow: values.EGRESS_ALLOW,
      maxBytes: values.MAX_RESULT_MIB,
      thumbnailsAtOnce: values.THUMBNAILS_AT_ONCE,
    },
    database: { url: values.DATABASE_URL, poolSize: values.DATABASE_POOL_SIZE },
    natsUrl: values.NATS_URL,
  };
}
