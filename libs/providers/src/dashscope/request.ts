import { type FailureCode, type ResolvedRequest } from '@videoapi/contracts';
import { rewriteReferences, type SubmitInput } from '@videoapi/provider-kit';
import { z } from 'zod';
import { modelOf, pathOf, sizeOf, type UpstreamModel } from './models.js';

export interface Problem {
  readonly problem: string;
  readonly code: FailureCode;
}
type Fields = Readonly<Record<string, unknown>>;
type Part = { readonly fields: Fields } | Problem;

const options = z.object({
  prompt_extend: z.boolean().optional(),
  shot_type: z.enum(['single', 'multi']).optional(),
  audio_setting: z.enum(['auto', 'origin']).optional(),
});

/** HappyHorse renders an edit as long as its video, but no longer than this. Seconds. */
const longestEdit = 15;

/** Where to create and with what, or why this request cannot be put into words. Everything that costs is said. */
export function orderOf({ upstreamModel, request }: SubmitInput): { path: string; json: Fields } | Problem {
  const model = modelOf(upstreamModel, request.type);
  if (model === undefined) return { problem: `${upstreamModel} is no model of this provider.`, code: 'provider_error' };
  const extra = options.safeParse(request.providerOptions);
  if (!extra.success) {
    return invalid(
      'provider_options: prompt_extend is true or false, shot_type single or multi, audio_setting auto or origin.',
    );
  }
  const assets = assetsOf(model, request);
  if ('problem' in assets) return assets;
  const shape = shapeOf(model, request);
  if ('problem' in shape) return shape;
  const length = lengthOf(model, request);
  if ('problem' in length) return length;
  if (request.negativePrompt !== undefined && model.dialect === 'media') {
    return invalid('This model takes no negative prompt.');
  }
  const parameters = {
    ...shape.fields,
    ...length.fields,
    ...(hasSwitchableSound(model) && { audio: request.generateAudio }),
    // HappyHorse writes its name into the picture unless one says no.
    watermark: request.watermark ?? false,
    seed: request.seed,
    ...extra.data,
  };
  const input = { prompt: promptOf(model, request), negative_prompt: request.negativePrompt, ...assets.fields };
  return { path: pathOf(model), json: { model: model.id, input, parameters } };
}

/** The inputs of the request in the model's own fields; one that finds no place is a problem, never left out. */
function assetsOf(model: UpstreamModel, request: ResolvedRequest): Part {
  const placed = model.dialect === 'media' ? mediaOf(model, request) : fieldsOf(model, request);
  if ('problem' in placed) return placed;
  const { images, videos, audios, firstFrame, lastFrame } = request;
  const given = [firstFrame, lastFrame, ...images, ...videos, ...audios].filter((url) => url !== undefined);
  if (placed.urls.length !== given.length) return invalid('This model cannot take all of these inputs.');
  return placed;
}

type Placed = { readonly fields: Fields; readonly urls: readonly string[] };

function mediaOf(model: UpstreamModel, request: ResolvedRequest): Placed | Problem {
  const items = itemsOf(model, request);
  if ('problem' in items) return items;
  // A sound for a video from words alone has a field, as it had before.
  const [audio] = model.kind === 't2v' && model.family === 'wan' ? request.audios : [];
  const fields = { ...(items.length > 0 && { media: items }), ...(audio !== undefined && { audio_url: audio }) };
  return { fields, urls: [...items.map(({ url }) => url), ...(audio === undefined ? [] : [audio])] };
}

interface Item {
  readonly type: string;
  readonly url: string;
}

function itemsOf({ kind, family }: UpstreamModel, request: ResolvedRequest): readonly Item[] | Problem {
  const { images, videos, audios, firstFrame } = request;
  const { first, last } = framesOf(request);
  const way = kind === 'any' ? request.type : kind;
  switch (way) {
    case 't2v':
    case 'text-to-video':
      return [];
    case 'i2v':
    case 'kf2v':
    case 'image-to-video': {
      if (first === undefined) return invalid('This model needs a first frame.');
      const sound = kind === 'i2v' && family === 'wan' ? audios : [];
      return [
        ...some('first_frame', first),
        ...(family === 'wan' ? some('last_frame', last) : []),
        ...all('driving_audio', sound),
      ];
    }
    case 'r2v':
    case 'reference-to-video':
      return [
        ...(kind === 'r2v' && family === 'wan' ? some('first_frame', firstFrame) : []),
        ...all('reference_image', images),
        ...(family === 'wan' ? all('reference_video', videos) : []),
        ...(kind === 'any' ? all('reference_audio', audios) : []),
      ];
    case 'edit':
      if (videos.length !== 1) return invalid('An edit needs exactly one video.');
      return [...all('video', videos), ...all('reference_image', images)];
    case 'video-edit':
      return invalid('This model does not edit videos.');
  }
}

function fieldsOf({ kind }: UpstreamModel, request: ResolvedRequest): Placed | Problem {
  const { images, videos, audios } = request;
  const { first, last } = framesOf(request);
  const [audio] = audios;
  switch (kind) {
    case 't2v':
      return placed({ audio_url: audio });
    case 'i2v':
      return first === undefined
        ? invalid('This model needs a first frame.')
        : placed({ img_url: first, audio_url: audio });
    case 'kf2v':
      if (first === undefined) return invalid('This model needs a first frame.');
      return placed({ first_frame_url: first, last_frame_url: last });
    case 'r2v':
      return { fields: { reference_urls: [...images, ...videos] }, urls: [...images, ...videos] };
    case 'edit':
    case 'any':
      return invalid('This model is not known in this form.');
  }
}

function placed(fields: Readonly<Record<string, string | undefined>>): Placed {
  return { fields, urls: Object.values(fields).filter((url) => url !== undefined) };
}

/** Frames by name, else the first image and the second. */
function framesOf({ type, images, firstFrame, lastFrame }: ResolvedRequest): { first?: string; last?: string } {
  const isNamed = firstFrame !== undefined || lastFrame !== undefined;
  const [first, last] = isNamed || type !== 'image-to-video' ? [firstFrame, lastFrame] : images;
  return { ...(first !== undefined && { first }), ...(last !== undefined && { last }) };
}

function some(type: string, url: string | undefined): Item[] {
  return url === undefined ? [] : [{ type, url }];
}

function all(type: string, urls: readonly string[]): Item[] {
  return urls.map((url) => ({ type, url }));
}

/** Pixels for older models from words or references, a resolution with a capital P everywhere else. */
function shapeOf({ kind, dialect, family }: UpstreamModel, request: ResolvedRequest): Part {
  const { resolution, aspectRatio } = request;
  const followsFrame = kind === 'i2v' || kind === 'kf2v';
  if (dialect === 'fields' && !followsFrame) {
    const size = sizeOf(resolution, aspectRatio);
    return size === undefined ? invalid(`There is no ${resolution} in ${aspectRatio}.`) : { fields: { size } };
  }
  const named = { resolution: resolution.toUpperCase() };
  if (followsFrame || (kind === 'edit' && (family === 'happyhorse' || aspectRatio === 'auto')))
    return { fields: named };
  if (aspectRatio !== 'auto') return { fields: { ...named, ratio: aspectRatio } };
  return kind === 'any' ? { fields: { ...named, ratio: 'adaptive' } } : invalid('This model needs an aspect ratio.');
}

function lengthOf({ kind, family }: UpstreamModel, { duration }: ResolvedRequest): Part {
  if (kind === 'edit' && family === 'happyhorse') {
    if (duration === 'auto' || duration >= longestEdit) return { fields: {} };
    return invalid(`An edit is as long as its video, up to ${longestEdit} seconds: ask for ${longestEdit} or "auto".`);
  }
  if (duration !== 'auto') return { fields: { duration } };
  if (kind === 'edit') return { fields: { duration: 0 } };
  return kind === 'any' ? { fields: { duration: -1 } } : invalid('This model needs a duration in seconds.');
}

/** Where sound has a switch; everywhere else the model decides. */
function hasSwitchableSound({ id, kind, version }: UpstreamModel): boolean {
  return kind === 'any' || ((version === 2.5 || version === 2.6) && id.includes('-i2v-flash'));
}

function promptOf(model: UpstreamModel, { prompt, images }: ResolvedRequest): string {
  const citesCharacters = model.family === 'happyhorse' || model.dialect === 'fields';
  return rewriteReferences(prompt, (kind, index) => {
    if (!citesCharacters || kind === 'Audio') return `${kind} ${index}`;
    // One list holds the images and then the videos.
    return `character${kind === 'Video' ? images.length + index : index}`;
  });
}

function invalid(problem: string): Problem {
  return { problem, code: 'invalid_request' };
}
