import { AppError } from '@videoapi/contracts';

/** How many assets of each kind came with the request. */
export type AssetCounts = Readonly<Record<'Image' | 'Video' | 'Audio', number>>;

/**
 * `@Image1`, `@Video1`, `@Audio1` in a prompt count from 1 in the order of the lists. A reference to something that is not
 * there would reach the provider as plain text and render the wrong thing, so it is refused.
 * @throws AppError `asset_index_out_of_range`
 */
export function checkAssetReferences(prompt: string, counts: AssetCounts): void {
  for (const { kind, index, text } of assetReferences(prompt)) {
    if (index >= 1 && index <= counts[kind]) continue;
    const given = counts[kind] === 1 ? '1 was' : `${counts[kind]} were`;
    throw new AppError('asset_index_out_of_range', `The prompt refers to ${text}, but ${given} given.`, {
      param: 'prompt',
      details: { reference: text, available: counts[kind] },
    });
  }
}

const kinds = ['Image', 'Video', 'Audio'] as const;

function assetReferences(prompt: string): { kind: (typeof kinds)[number]; index: number; text: string }[] {
  return kinds.flatMap((kind) =>
    [...prompt.matchAll(new RegExp(`@${kind}(\\d{1,6})`, 'g'))].map(([text, digits]) => ({
      kind,
      index: Number(digits),
      text,
    })),
  );
}
