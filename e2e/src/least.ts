import { type Customer } from './customer.js';
import { mp4Video, pngImage } from './samples.js';

/** What GET /v1/models tells of a model; only what a request is made of. */
export interface ListedModel {
  readonly id: string;
  readonly available: boolean;
  readonly type: readonly string[];
  readonly capabilities: Lengths & {
    readonly resolutions: readonly string[];
    readonly durations_by_type: Readonly<Record<string, Lengths>>;
    readonly aspect_ratios: readonly string[];
    readonly max_images: number;
    readonly audio: 'never' | 'optional' | 'always';
  };
}

interface Lengths {
  readonly durations: readonly number[] | { readonly min: number; readonly max: number };
  readonly auto_duration: boolean;
}

export interface Assets {
  readonly image: string;
  readonly video: string;
}

export interface LeastRequest {
  readonly model: string;
  readonly type: string;
  readonly resolution: string;
  readonly duration: number | 'auto';
  readonly generate_audio?: false;
  readonly image_urls?: readonly string[];
  readonly video_urls?: readonly string[];
}

/** Uploads of one's own that any model can start from. */
export async function uploadAssets(customer: Customer): Promise<Assets> {
  const form = new FormData();
  form.append('files', new Blob([pngImage()]), 'image.png');
  form.append('files', new Blob([mp4Video()]), 'video.mp4');
  const { status, body } = await customer.call<{ data: { key: string }[] }>('POST', '/api/upload', { body: form });
  const [image, video] = body.data;
  if (image === undefined || video === undefined) throw new Error(`not uploaded: ${status}`);
  return { image: image.key, video: video.key };
}

/** Of every way in which the model makes videos: the smallest one, short, silent where it can be, from one input. */
export function leastRequests(model: ListedModel, assets: Assets): LeastRequest[] {
  const { resolutions, max_images: maxImages, audio } = model.capabilities;
  const [smallest = ''] = resolutions.toSorted((one, other) => linesOf(one) - linesOf(other));
  return model.type.map((type) => ({
    model: model.id,
    type,
    resolution: smallest,
    duration: durationOf(type, model),
    ...(audio === 'optional' && { generate_audio: false }),
    ...inputsOf(type, maxImages, assets),
  }));
}

/** The short side in pixels. */
export function linesOf(resolution: string): number {
  return { '2k': 1440, '4k': 2160 }[resolution] ?? Number.parseInt(resolution, 10);
}

/** The shortest that this way of making a video offers; an edit that offers it keeps the length of its video. */
function durationOf(type: string, { capabilities }: ListedModel): number | 'auto' {
  const { durations, auto_duration: isAuto } = capabilities.durations_by_type[type] ?? capabilities;
  if (type === 'video-edit' && isAuto) return 'auto';
  return 'min' in durations ? durations.min : Math.min(...durations);
}

function inputsOf(type: string, maxImages: number, { image, video }: Assets) {
  if (type === 'text-to-video') return {};
  return type === 'video-edit' || maxImages === 0 ? { video_urls: [video] } : { image_urls: [image] };
}
