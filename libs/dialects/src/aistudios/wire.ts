import { AppError } from '@videoapi/contracts';
import { z } from 'zod';
import { type Submission, type SubmissionRules } from '../dialect.js';
import { flag, maxCredits, metadata, optional, text } from '../field.js';
import { fieldError, firstIssue, missingField } from '../issue.js';
import { areWordsOnly, scenes, wordsOf } from './scene.js';

/** The public name of the model that speaks a script. */
export const avatarModel = 'ai-studios-avatar';

/** Where a project keeps its name: a tag like any other, so that every dialect shows and finds it. */
export const nameTag = 'project_name';

const aspectRatios = { landscape: '16:9', portrait: '9:16' } as const;
const resolutions = { '4k': '4k', '1080': '1080p', '720': '720p', '480': '480p' } as const;

/**
 * POST /api/odin/v3/editor/project. `model`, `end_user_id`, `metadata` and `max_credits` are ours, in the words of the
 * native dialect; other unknown fields are passed by.
 */
export const createRequest = z
  .object({
    name: optional(text(200)),
    orientation: optional(z.enum(['landscape', 'portrait'])),
    resolution: optional(z.union([z.enum(['4k', '1080', '720', '480']), z.literal([1080, 720, 480])])),
    scenes: scenes.describe('At most 200; words in `scripts`, or in `clips` as older clients send them.'),
    isExport: optional(flag),
    webhookUrl: optional(text(2048).pipe(z.url({ protocol: /^https?$/ }))).describe(
      'Gets one signed delivery when the project has ended.',
    ),
    model: optional(text(128)).describe('The avatar model when left out.'),
    end_user_id: optional(text(256)),
    metadata: optional(metadata),
    max_credits: optional(maxCredits).describe('Refuse rather than reserve more.'),
  })
  .meta({ id: 'CreateProject' });
type Wire = z.output<typeof createRequest>;

/** @throws AppError `missing_parameter`, or `invalid_field` with the wire's own name of the field */
export function toSubmission(body: unknown, rules: SubmissionRules): Submission {
  const wire = parsed(createRequest, body);
  if (wire.isExport === false) throw fieldError(['isExport'], 'must be true: a project is rendered when it is made');
  const tags = wire.metadata ?? {};
  return {
    request: {
      model: wire.model ?? avatarModel,
      prompt: wordsOf(wire.scenes),
      images: [],
      videos: [],
      audios: [],
      resolution: wire.resolution === undefined ? undefined : resolutions[wire.resolution],
      aspectRatio: wire.orientation === undefined ? undefined : aspectRatios[wire.orientation],
      endUserId: wire.end_user_id,
      metadata: wire.name === undefined ? tags : { ...tags, [nameTag]: wire.name },
      providerOptions: areWordsOnly(wire.scenes) ? {} : { scenes: wire.scenes },
      maxCredits: wire.max_credits ?? maxCreditsIn(tags),
    },
    callback: callbackOf(wire, rules),
  };
}

export const credentials = z.object({ appId: text(256), userKey: text(256) }).meta({ id: 'Credentials' });

/** POST /api/odin/v3/auth/token. @throws AppError `missing_parameter`, `invalid_field` */
export function readCredentials(body: unknown): z.output<typeof credentials> {
  return parsed(credentials, body);
}

function parsed<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const { data, error, success } = schema.safeParse(body, { reportInput: true });
  if (success) return data;
  const missing = missingField(error);
  if (missing === undefined) throw firstIssue(error);
  throw new AppError('missing_parameter', `${missing} is required.`, { param: missing });
}

function maxCreditsIn(tags: Readonly<Record<string, unknown>>) {
  const { data, error, success } = z
    .object({ max_credits: optional(maxCredits) })
    .safeParse(tags, { reportInput: true });
  if (!success) throw firstIssue(error, ['metadata']);
  return data.max_credits;
}

function callbackOf({ webhookUrl: url }: Wire, { allowHttpCallbacks }: SubmissionRules): Submission['callback'] {
  if (url === undefined) return null;
  if (!allowHttpCallbacks && !url.startsWith('https:')) throw fieldError(['webhookUrl'], 'must be an https URL');
  return { url, format: 'aistudios' };
}
