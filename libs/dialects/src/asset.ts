import { isUploadKey } from '@videoapi/contracts';
import { z } from 'zod';
import { isStorable, jsonText, maxUrlLength } from './field.js';

const assetKinds = ['image', 'video', 'audio'] as const;
export type AssetKind = (typeof assetKinds)[number];

/** Bytes of a file inside a data URL, before it is encoded. */
export const maxDataUrlBytes = 20 * 1024 * 1024;
const maxDataUrlLength = Math.ceil(maxDataUrlBytes / 3) * 4 + 100;

/** An http(s) URL, an `uploads/…` key, or a data URL, which the edge uploads before anybody below sees it. */
export const source = z
  .string()
  .min(1)
  .refine((value) => value.length <= (isDataUrl(value) ? maxDataUrlLength : maxUrlLength), 'is too long')
  .refine(isStorable, 'must be well-formed Unicode without NUL');

const address = z.union([source, z.object({ url: source }).transform(({ url }) => url)]);
const uploadKey = source.refine(isUploadKey);

const reference = z
  .union([
    source,
    z
      .strictObject({ image_url: address, type: z.literal('image_url').optional() })
      .transform((given) => given.image_url),
    z.strictObject({ file_id: uploadKey }).transform((given) => given.file_id),
    z.strictObject({ url: source }).transform((given) => given.url),
  ])
  .meta({ id: 'AssetReference', description: 'An http(s) URL, an `uploads/…` key of your own, or a data URL.' });

/** One reference or a list of them, in every way that clients write one. */
export const references = jsonText(
  z.union([z.array(reference).max(64), reference.transform((one) => [one])], {
    error: 'must be a URL, a data URL, an uploads/… key, a file, or exactly one of {image_url} and {file_id}',
  }),
);

export function isDataUrl(value: string): boolean {
  return value.startsWith('data:');
}

/** What our own upload keys and data URLs say about themselves; anything else a client means as an image. */
export function kindOf(given: string): AssetKind {
  const type = /^data:(image|video|audio)\//.exec(given)?.[1];
  if (type !== undefined) return assetKinds.find((kind) => kind === type) ?? 'image';
  const extension = isUploadKey(given) ? (/\.([a-z0-9]{2,4})$/.exec(given)?.[1] ?? '') : '';
  return kindsByExtension[extension] ?? 'image';
}

const kindsByExtension: Readonly<Record<string, AssetKind>> = {
  mp4: 'video',
  mov: 'video',
  webm: 'video',
  mkv: 'video',
  mp3: 'audio',
  wav: 'audio',
  m4a: 'audio',
};
