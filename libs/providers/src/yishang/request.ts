import { type Call, type Part, rewriteReferences, type SubmitInput } from '@videoapi/provider-kit';
import { z } from 'zod';

/** How a channel wants images: by URL in JSON, or as files in a form. */
const channelOptions = z.object({ images: z.enum(['urls', 'files']).default('urls') });

/** The only sizes that it has. */
const sizes: Readonly<Record<string, string>> = { '16:9': '1280x720', '9:16': '720x1280' };

/**
 * The create body, or why this request cannot be put into one.
 * @throws ZodError for channel options that it does not know
 */
export function bodyOf(
  { upstreamModel, request }: SubmitInput,
  options: Readonly<Record<string, unknown>>,
): Pick<Call, 'json'> | Pick<Call, 'multipart'> | { readonly problem: string } {
  const { images, firstFrame, duration, resolution, aspectRatio } = request;
  if (request.videos.length > 0 || request.audios.length > 0 || request.lastFrame !== undefined) {
    return { problem: 'This provider takes images only, and no last frame.' };
  }
  const size = resolution === '720p' ? sizes[aspectRatio] : undefined;
  if (size === undefined) return { problem: 'This provider renders 720p in 16:9 and 9:16 only.' };
  const fields = {
    model: upstreamModel,
    // The frame is the first image of the list, so that the others move up.
    prompt: rewriteReferences(request.prompt, (_, index) => `image ${firstFrame === undefined ? index : index + 1}`),
    // Text, against all habit. Left out for `auto`.
    ...(duration !== 'auto' && { seconds: String(duration) }),
    size,
  };
  const references = [...(firstFrame === undefined ? [] : [firstFrame]), ...images];
  if (references.length === 0) return { json: fields };
  return channelOptions.parse(options).images === 'urls'
    ? { json: { ...fields, input_reference: references } }
    : { multipart: [...Object.entries(fields).map(field), ...references.map(file)] };
}

const field = ([name, value]: [string, string]): Part => ({ name, value });
const file = (fileUrl: string): Part => ({ name: 'input_reference', fileUrl });
