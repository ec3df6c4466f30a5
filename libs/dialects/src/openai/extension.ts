import { z } from 'zod';
import { source } from '../asset.js';
import { flag, maxCredits, maxPromptLength, metadata, optional, text } from '../field.js';
import { firstIssue } from '../issue.js';

/** What OpenAI has no word for, in the words of the native dialect. */
export const extension = z.object({
  resolution: optional(text(32)),
  aspect_ratio: optional(text(32)),
  negative_prompt: optional(text(maxPromptLength)),
  generate_audio: optional(flag),
  watermark: optional(flag),
  camera_fixed: optional(flag),
  first_frame_url: optional(source),
  last_frame_url: optional(source),
  max_credits: optional(maxCredits),
});
export type Extension = z.output<typeof extension>;

/**
 * The same fields out of `metadata`, where clients of many gateways put what the form has no place for. Everything in it
 * is kept as the caller's own tags too; a field beside it wins.
 * @throws AppError `invalid_field` naming `metadata.<field>`
 */
export function extend(given: Extension, tags: z.output<typeof metadata>): Extension {
  const parsed = extension.safeParse(tags, { reportInput: true });
  if (!parsed.success) throw firstIssue(parsed.error, ['metadata']);
  const said = Object.entries(given).filter(
    ([name, value]) => Object.hasOwn(extension.shape, name) && value !== undefined,
  );
  return { ...parsed.data, ...Object.fromEntries(said) };
}
