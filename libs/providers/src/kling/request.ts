import { type SubmitInput } from '@videoapi/provider-kit';
import { currentWire } from './current.js';
import { type CreateWire, framesOf, isOmni, options, type Problem } from './inputs.js';
import { legacyWire } from './legacy.js';

/** The create call of whichever generation has the model, or why there is none. Everything that costs is said explicitly. */
export function wireOf(input: SubmitInput): CreateWire | Problem {
  const { request, upstreamModel: model } = input;
  const extra = options.safeParse(request.providerOptions);
  if (!extra.success) {
    const field = extra.error.issues[0]?.path.join('.') ?? '';
    return { problem: `provider_options: ${field} is not what Kling takes.` };
  }
  const { type, audios, videos, images, seed } = request;
  if (audios.length > 0) return { problem: 'Kling takes no reference sound.' };
  if (videos.length > 1) return { problem: 'Kling takes one video.' };
  if (seed !== undefined) return { problem: 'Kling takes no seed.' };
  if (type === 'video-edit' && videos.length === 0) return { problem: 'An edit needs a video.' };
  if (videos.length > 0 && !isOmni(model)) return { problem: `${model} takes no video.` };
  if (type === 'image-to-video') {
    const { first, last } = framesOf(request);
    if (first === undefined && last === undefined) return { problem: 'There is no image to start from.' };
    if (request.firstFrame === undefined && images.length > 2)
      return { problem: 'Kling takes a first and a last image.' };
  }
  if (request.duration === 'auto' && type !== 'video-edit') return { problem: `${model} needs a duration in seconds.` };
  return isLegacy(model) ? legacyWire(input, extra.data) : currentWire(input, extra.data);
}

/** `kling-v2-6`, `kling-video-o1`. */
function isLegacy(model: string): boolean {
  return model.startsWith('kling-v');
}
