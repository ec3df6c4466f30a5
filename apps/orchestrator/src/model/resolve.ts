import {
  AppError,
  type Capabilities,
  type DurationRange,
  type Model,
  type ResolvedRequest,
  type TaskRequest,
  type TaskType,
} from '@videoapi/contracts';
import { checkAssetReferences } from './asset-reference.js';

/** The part of a model that a request is held against. */
export type RequestModel = Pick<Model, 'id' | 'capabilities' | 'defaults'>;

/**
 * Fills in the model's defaults and refuses what it cannot do. Nothing is clamped: a price is taken from the result, so a
 * silent change would bill something else than was asked.
 * @throws AppError `invalid_field` or `asset_index_out_of_range`, with the canonical name of the field at fault.
 */
export function resolveRequest(request: TaskRequest, model: RequestModel): ResolvedRequest {
  const { capabilities, defaults } = model;
  checkPrompt(request, capabilities);
  checkCount(request.images, capabilities.maxImages, 'images', model.id);
  checkCount(request.videos, capabilities.maxVideos, 'videos', model.id);
  checkCount(request.audios, capabilities.maxAudios, 'audios', model.id);
  checkSupported(request.firstFrame, capabilities.firstFrame, 'firstFrame', model.id);
  checkSupported(request.lastFrame, capabilities.lastFrame, 'lastFrame', model.id);
  checkSupported(request.seed, capabilities.seed, 'seed', model.id);
  checkSupported(request.negativePrompt, capabilities.negativePrompt, 'negativePrompt', model.id);
  checkSupported(request.watermark, capabilities.watermark, 'watermark', model.id);
  checkSupported(request.cameraFixed, capabilities.cameraFixed, 'cameraFixed', model.id);
  checkAssetReferences(request.prompt, {
    Image: request.images.length,
    Video: request.videos.length,
    Audio: request.audios.length,
  });

  const type = resolveType(request, capabilities, model.id);
  const durations = capabilities.durationsByType[type] ?? capabilities.durations;
  const duration = oneOfDurations(request.duration ?? usual(defaults.duration, durations), durations, model.id);
  return {
    prompt: request.prompt,
    type,
    images: request.images,
    videos: request.videos,
    audios: request.audios,
    resolution: oneOf(request.resolution ?? defaults.resolution, capabilities.resolutions, 'resolution', model.id),
    duration,
    maxDurationMs: Math.round((duration === 'auto' ? longest(durations) : duration) * 1000),
    aspectRatio: oneOf(request.aspectRatio ?? defaults.aspectRatio, capabilities.aspectRatios, 'aspectRatio', model.id),
    generateAudio: resolveAudio(request.generateAudio, capabilities.audio, defaults.generateAudio, model.id),
    providerOptions: request.providerOptions,
    ...optional(request, [
      'firstFrame',
      'lastFrame',
      'seed',
      'negativePrompt',
      'watermark',
      'cameraFixed',
      'endUserId',
    ]),
  };
}

function checkPrompt(request: TaskRequest, capabilities: Capabilities): void {
  if (request.prompt.includes('\0')) refuse('prompt', 'The prompt contains a NUL character.');
  if (request.prompt.length > capabilities.maxPromptLength) {
    refuse(
      'prompt',
      `The prompt may have ${capabilities.maxPromptLength} characters, this one has ${request.prompt.length}.`,
    );
  }
}

function checkCount(assets: readonly string[], most: number, param: string, model: string): void {
  if (assets.length > most) refuse(param, `${model} takes at most ${most} ${param}, ${assets.length} were given.`);
}

function checkSupported(value: unknown, supported: boolean, param: string, model: string): void {
  if (value !== undefined && !supported) refuse(param, `${model} does not support this field.`);
}

function oneOf(value: string, allowed: readonly string[], param: string, model: string): string {
  if (!allowed.includes(value)) refuse(param, `${model} supports ${allowed.join(', ')}; "${value}" was given.`);
  return value;
}

function oneOfDurations(value: number | 'auto', range: DurationRange, model: string): number | 'auto' {
  if (value === 'auto') {
    if (!range.auto) refuse('duration', `${model} needs a duration in seconds, not "auto".`);
    return value;
  }
  if (!fits(value, range)) refuse('duration', `${model} renders ${describeDurations(range)}; ${value} was given.`);
  return value;
}

/** The model's default, where this way of making a video has it; otherwise what leaves the most room. */
function usual(byDefault: number | 'auto', range: DurationRange): number | 'auto' {
  if (byDefault === 'auto' ? range.auto : fits(byDefault, range)) return byDefault;
  return range.auto ? 'auto' : longest(range);
}

function fits(seconds: number, range: DurationRange): boolean {
  if ('values' in range) return range.values.includes(seconds);
  return Number.isInteger(seconds) && seconds >= range.min && seconds <= range.max;
}

function describeDurations(range: DurationRange): string {
  const seconds = 'values' in range ? range.values.join(', ') : `${range.min} to ${range.max} whole`;
  return `${seconds} seconds${range.auto ? ' or "auto"' : ''}`;
}

function longest(range: DurationRange): number {
  return 'values' in range ? Math.max(...range.values) : range.max;
}

function resolveAudio(
  asked: boolean | undefined,
  support: Capabilities['audio'],
  byDefault: boolean,
  model: string,
): boolean {
  if (support === 'optional') return asked ?? byDefault;
  if (support === 'always' && asked === false) refuse('generateAudio', `${model} always renders sound.`);
  if (support === 'never' && asked === true) refuse('generateAudio', `${model} renders no sound.`);
  return support === 'always';
}

/** What the assets ask for, the closest meaning first; the first that the model has wins. */
function resolveType(request: TaskRequest, capabilities: Capabilities, model: string): TaskType {
  if (request.type !== undefined) {
    if (!capabilities.types.includes(request.type)) {
      refuse('type', `${model} supports ${capabilities.types.join(', ')}; "${request.type}" was given.`);
    }
    return request.type;
  }
  const inferred = impliedTypes(request).find((type) => capabilities.types.includes(type));
  if (inferred === undefined) {
    refuse('type', `${model} supports ${capabilities.types.join(', ')}, which does not fit the given assets.`);
  }
  return inferred;
}

function impliedTypes(request: TaskRequest): readonly TaskType[] {
  if (request.firstFrame !== undefined || request.lastFrame !== undefined) return ['image-to-video'];
  if (request.videos.length > 0) return ['reference-to-video', 'video-edit'];
  if (request.audios.length > 0 || request.images.length > 1) return ['reference-to-video', 'image-to-video'];
  if (request.images.length === 1) return ['image-to-video', 'reference-to-video'];
  return ['text-to-video'];
}

function optional<Source extends object, Key extends keyof Source>(
  source: Source,
  keys: readonly Key[],
): Pick<Source, Key> {
  const present = keys.filter((key) => source[key] !== undefined).map((key) => [key, source[key]]);
  return Object.fromEntries(present);
}

function refuse(param: string, message: string): never {
  throw new AppError('invalid_field', message, { param });
}
