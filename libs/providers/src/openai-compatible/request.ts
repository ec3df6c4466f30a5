import { type ResolvedRequest } from '@videoapi/contracts';
import { type Call, type Part, rewriteReferences, type SubmitInput } from '@videoapi/provider-kit';
import { z } from 'zod';
import { type Profile } from './profile.js';

const options = z.object({ fps: z.int().min(1).max(240).optional() });

type Body = Pick<Call, 'json'> | Pick<Call, 'multipart'>;

/** The create body, or why this request cannot be put into one. */
export function bodyOf(input: SubmitInput, profile: Profile): Body | { readonly problem: string } {
  const { request } = input;
  if (request.videos.length > 0 || request.audios.length > 0 || request.lastFrame !== undefined) {
    return { problem: 'This provider takes images only, and no last frame.' };
  }
  const chosen = options.safeParse(request.providerOptions);
  if (!chosen.success) return { problem: 'provider_options: fps is a whole number from 1 to 240.' };
  if (chosen.data.fps !== undefined && !profile.extras.includes('fps')) {
    return { problem: 'This provider cannot choose a frame rate.' };
  }
  const images = [...(request.firstFrame === undefined ? [] : [request.firstFrame]), ...request.images];
  if (images.length > 1 && profile.images !== 'images') return { problem: 'This provider takes one image.' };
  const fields = fieldsOf(input, profile);
  return profile.body === 'json'
    ? { json: { ...fields, ...jsonImages(images, profile) } }
    : form(fields, images, profile);
}

/** `1280x720` for 720p and 16:9; undefined for `auto`, which leaves it to the provider. */
export function sizeOf(
  { resolution, aspectRatio }: Pick<ResolvedRequest, 'resolution' | 'aspectRatio'>,
  sizes: Profile['sizes'],
) {
  const listed = sizes[resolution]?.[aspectRatio];
  if (listed !== undefined) return listed;
  const short = resolution === '4k' ? 2160 : Number(/^(\d{3,4})p$/.exec(resolution)?.[1] ?? Number.NaN);
  const [across = Number.NaN, down = Number.NaN] = (/^(\d{1,2}):(\d{1,2})$/.exec(aspectRatio) ?? [])
    .slice(1)
    .map(Number);
  const long = even((short * Math.max(across, down)) / Math.min(across, down));
  if (!Number.isFinite(long)) return undefined;
  return across >= down ? `${long}x${even(short)}` : `${even(short)}x${long}`;
}

function fieldsOf({ upstreamModel, request }: SubmitInput, profile: Profile): Record<string, unknown> {
  const { duration } = request;
  const extras = {
    seed: request.seed,
    user: request.endUserId,
    negative_prompt: request.negativePrompt,
    generate_audio: request.generateAudio,
    watermark: request.watermark,
    fps: request.providerOptions['fps'],
  };
  return {
    model: upstreamModel,
    prompt: rewriteReferences(request.prompt, (kind, index) => `${kind.toLowerCase()} ${index}`),
    ...(duration !== 'auto' && { [profile.length]: profile.length === 'seconds' ? String(duration) : duration }),
    size: sizeOf(request, profile.sizes),
    ...Object.fromEntries(profile.extras.map((name) => [name, extras[name]])),
  };
}

function jsonImages(images: readonly string[], profile: Profile): Record<string, unknown> {
  if (images.length === 0) return {};
  return profile.images === 'images' ? { images } : { input_reference: { image_url: images[0] } };
}

/** In a form objects and lists are text: lists are repeated, the rest is written out. */
function form(fields: Record<string, unknown>, images: readonly string[], profile: Profile): { multipart: Part[] } {
  const scalars = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [{ name, value: typeof value === 'string' ? value : JSON.stringify(value) }],
  );
  return { multipart: [...scalars, ...images.map((url) => imagePart(url, profile))] };
}

function imagePart(url: string, { images }: Profile): Part {
  if (images === 'input_reference_file') return { name: 'input_reference', fileUrl: url };
  return images === 'images' ? { name: 'images', value: url } : { name: 'input_reference[image_url]', value: url };
}

function even(side: number): number {
  return Math.round(side / 2) * 2;
}
