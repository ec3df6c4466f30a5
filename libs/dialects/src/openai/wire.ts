import { AppError, type TaskType, taskTypes } from '@videoapi/contracts';
import { z } from 'zod';
import { kindOf, references } from '../asset.js';
import { type Submission, type SubmissionRules } from '../dialect.js';
import { duration, integer, jsonText, maxPromptLength, metadata, optional, text } from '../field.js';
import { type FrameSize, readSize, sizeOfPixels } from '../frame-size.js';
import { fieldError, firstIssue, missingField } from '../issue.js';
import { content, type ContentParts, partsOf } from './content.js';
import { extend, extension, type Extension } from './extension.js';

const modes: Readonly<Record<string, TaskType>> = {
  t2v: 'text-to-video',
  i2v: 'image-to-video',
  r2v: 'reference-to-video',
  edit: 'video-edit',
  video_edit: 'video-edit',
  ...Object.fromEntries(taskTypes.map((type) => [type, type])),
};

/**
 * POST /v1/videos: OpenAI's fields, those of the wider form that resellers of the same path have, and our own beside
 * them. Texts stand for numbers and structures everywhere, since a form has nothing else. Unknown fields are passed by.
 */
export const createRequest = z
  .object({
    model: text(128).default('sora-2').describe('See GET /v1/models. The default is OpenAI’s own.'),
    prompt: optional(text(maxPromptLength)),
    seconds: optional(duration).describe('The length, also as text.'),
    duration: optional(duration).describe('The same as `seconds`.'),
    size: optional(text(32)).describe('Pixels like `1280x720`, a shape like `16:9`, or a resolution like `720p`.'),
    width: optional(integer),
    height: optional(integer),
    input_reference: optional(references).describe('What the video starts from or refers to.'),
    image: optional(references).describe('The same as `input_reference`.'),
    images: optional(references).describe('The same as `input_reference`.'),
    content: optional(content).describe('The prompt and its assets, as Volcengine’s Ark takes them.'),
    mode: optional(
      text(32).refine((value) => Object.hasOwn(modes, value), 'must be one of t2v, i2v, r2v, edit'),
    ).describe('`t2v`, `i2v`, `r2v` or `edit`; follows from the assets when left out.'),
    fps: optional(integer).describe('Where the model’s provider lets one choose.'),
    seed: optional(integer),
    n: optional(integer.refine((value) => value === 1, 'must be 1: one call makes one video')).describe('1.'),
    response_format: optional(text(32).refine((value) => value === 'url', 'must be "url"')).describe('`url`.'),
    user: optional(text(256)).describe('Your own end user: stored, and can be searched for.'),
    metadata: optional(jsonText(metadata)).describe(
      'Your own tags; our fields that OpenAI has no word for may stand here too.',
    ),
    parameters: optional(jsonText(z.record(text(64), z.unknown()))).describe('Only what the model’s provider knows.'),
    callback_url: optional(text(2048).pipe(z.url({ protocol: /^https?$/ }))).describe(
      'Gets one signed delivery when the video has ended.',
    ),
    ...extension.shape,
  })
  .meta({ id: 'CreateVideo' });
type Wire = z.output<typeof createRequest>;

/** @throws AppError `missing_parameter`, or `invalid_field` with the wire's own name of the field */
export function toSubmission(body: unknown, rules: SubmissionRules): Submission {
  const parsed = createRequest.safeParse(present(body), { reportInput: true });
  if (!parsed.success) throw refusalOf(parsed.error);
  const wire = parsed.data;
  const parts = partsOf(wire.content ?? []);
  const tags = wire.metadata ?? {};
  const extra = extend(wire, tags);
  const { resolution, aspectRatio } = sizeAsked(wire, extra);
  const given = [wire.input_reference, wire.image, wire.images].flatMap((some) => some ?? []);
  const of = (kind: 'image' | 'video' | 'audio') => given.filter((entry) => kindOf(entry) === kind);
  return {
    request: {
      model: wire.model,
      prompt: promptOf(wire, parts),
      type: wire.mode === undefined ? impliedType(parts) : modes[wire.mode],
      images: [...of('image'), ...parts.images],
      videos: [...of('video'), ...parts.videos],
      audios: [...of('audio'), ...parts.audios],
      firstFrame: theOne([extra.first_frame_url, ...parts.firstFrames], 'first_frame_url'),
      lastFrame: theOne([extra.last_frame_url, ...parts.lastFrames], 'last_frame_url'),
      resolution,
      duration: theOne([wire.seconds, wire.duration], 'seconds'),
      aspectRatio,
      generateAudio: extra.generate_audio,
      seed: wire.seed,
      negativePrompt: extra.negative_prompt,
      watermark: extra.watermark,
      cameraFixed: extra.camera_fixed,
      endUserId: wire.user,
      metadata: tags,
      // Few models let a caller choose the frame rate: those whose provider has the option.
      providerOptions: { ...wire.parameters, ...(wire.fps !== undefined && { fps: wire.fps }) },
      maxCredits: extra.max_credits,
    },
    callback: callbackOf(wire, rules),
  };
}

/** The body without what is there but empty, as forms and some languages leave an option that nobody set. */
export function present(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body;
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null && value !== ''));
}

export function refusalOf(error: z.ZodError): AppError {
  const missing = missingField(error);
  return missing === undefined ? firstIssue(error) : missingParameter(missing);
}

export function missingParameter(param: string): AppError {
  return new AppError('missing_parameter', `Missing required parameter: '${param}'.`, { param });
}

function promptOf({ prompt }: Wire, { texts }: ContentParts): string {
  const lines = [...new Set([...(prompt === undefined ? [] : [prompt]), ...texts])];
  if (lines.length === 0) throw missingParameter('prompt');
  const whole = lines.join('\n');
  if (whole.length > maxPromptLength)
    throw fieldError(['content'], `at most ${maxPromptLength} characters with the prompt`);
  return whole;
}

/** A single image is a first frame by default; called a reference, it is one. */
function impliedType({ isReference }: ContentParts): TaskType | undefined {
  return isReference ? 'reference-to-video' : undefined;
}

function sizeAsked(wire: Wire, extra: Extension): FrameSize {
  const sizes = [readWireSize(wire.size), readPixels(wire)];
  const resolution = theOne([...sizes.map((size) => size.resolution), extra.resolution], 'size');
  const aspectRatio = theOne([...sizes.map((size) => size.aspectRatio), extra.aspect_ratio], 'size');
  return { ...(resolution !== undefined && { resolution }), ...(aspectRatio !== undefined && { aspectRatio }) };
}

function readWireSize(size: string | undefined): FrameSize {
  if (size === undefined || size === 'auto') return {};
  const read = readSize(size);
  if (read === undefined) throw fieldError(['size'], 'must be like 1280x720, 16:9 or 720p');
  return read;
}

function readPixels({ width, height }: Wire): FrameSize {
  if (width === undefined && height === undefined) return {};
  if (width === undefined || height === undefined) {
    throw fieldError([width === undefined ? 'width' : 'height'], 'is required beside the other side');
  }
  const read = width > 99_999 || height > 99_999 ? undefined : sizeOfPixels(width, height);
  if (read === undefined) throw fieldError([width < height ? 'width' : 'height'], 'is not a number of pixels');
  return read;
}

/** Several fields may say the same thing, but not two things. */
function theOne<Value extends string | number>(
  values: readonly (Value | undefined)[],
  field: string,
): Value | undefined {
  const [value, ...others] = new Set(values.filter((entry) => entry !== undefined));
  if (others.length > 0)
    throw fieldError([field], `is said twice, as ${String(value)} and as ${String(others[0])}`.slice(0, 300));
  return value;
}

function callbackOf({ callback_url: url }: Wire, { allowHttpCallbacks }: SubmissionRules): Submission['callback'] {
  if (url === undefined) return null;
  if (!allowHttpCallbacks && !url.startsWith('https:')) throw fieldError(['callback_url'], 'must be an https URL');
  return { url, format: 'native' };
}
