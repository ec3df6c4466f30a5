import { AppError } from '@videoapi/contracts';
import { z } from 'zod';
import { maxPromptLength } from '../field.js';
import { fieldError } from '../issue.js';
import { plainText } from './plain-text.js';

/** Of all scenes as JSON: they travel with the task, in one message. */
const maxSceneBytes = 256 * 1024;

const script = z.looseObject({ org: z.string().max(maxPromptLength).nullish() });

/**
 * What is read of a scene: its words, in `scripts` or, as older clients send them, in its clips. Everything else is the
 * renderer's affair and stays as it came.
 */
const scene = z.looseObject({
  scripts: z.array(script).max(1, 'a scene has one script').nullish(),
  clips: z
    .array(z.looseObject({ script: script.nullish() }))
    .max(200)
    .nullish(),
});
export type Scene = z.output<typeof scene>;

export const scenes = z
  .array(scene)
  .min(1)
  .max(200)
  .refine(
    (value) => Buffer.byteLength(JSON.stringify(value)) <= maxSceneBytes,
    `at most ${maxSceneBytes} bytes in all`,
  );

/** All that is said, scene after scene. @throws AppError `missing_parameter`, `invalid_field` */
export function wordsOf(all: readonly Scene[]): string {
  const words = all
    .map((one) => plainText(spoken(one)))
    .filter((text) => text !== '')
    .join('\n');
  if (words === '') {
    const param = 'scenes[0].scripts[0].org';
    throw new AppError('missing_parameter', `Nobody says anything: ${param} is required.`, { param });
  }
  if (words.length > maxPromptLength) throw fieldError(['scenes'], `at most ${maxPromptLength} characters of script`);
  return words;
}

/** Are there words and nothing else? Then the scenes mean no more than a prompt does. */
export function areWordsOnly(all: readonly Scene[]): boolean {
  return all.every(
    (one) => hasOnly(one, ['sceneIdx', 'scripts']) && (one.scripts ?? []).every((given) => hasOnly(given, ['org'])),
  );
}

function spoken({ scripts, clips }: Scene): string {
  const given = scripts ?? (clips ?? []).map((clip) => clip.script);
  return given.map((one) => one?.org ?? '').join('\n');
}

function hasOnly(value: object, names: readonly string[]): boolean {
  return Object.keys(value).every((name) => names.includes(name));
}
