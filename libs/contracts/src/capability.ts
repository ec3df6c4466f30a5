import { z } from 'zod';

export const taskTypes = ['text-to-video', 'image-to-video', 'reference-to-video', 'video-edit'] as const;
export type TaskType = (typeof taskTypes)[number];
export const taskType = z.enum(taskTypes);

/** Seconds that a model renders: a fixed list or every whole second of a range. `auto` lets the model decide. */
export const durationRange = z.union([
  z.object({ values: z.array(z.number().positive()).min(1), auto: z.boolean().default(false) }),
  z.object({ min: z.number().positive(), max: z.number().positive(), auto: z.boolean().default(false) }),
]);
export type DurationRange = z.output<typeof durationRange>;

/** What a model can do: checked before a credit is held, shown in GET /v1/models. Out of range is an error, never a clamp. */
export const capabilities = z.object({
  types: z.array(taskType).min(1),
  resolutions: z.array(z.string().min(1)).min(1),
  durations: durationRange,
  /** Where one way of making a video has lengths of its own: an edit as long as its video, references from three seconds on. */
  durationsByType: z.partialRecord(taskType, durationRange).default({}),
  aspectRatios: z.array(z.string().min(1)).min(1),
  maxImages: z.int().nonnegative().default(0),
  maxVideos: z.int().nonnegative().default(0),
  maxAudios: z.int().nonnegative().default(0),
  firstFrame: z.boolean().default(false),
  lastFrame: z.boolean().default(false),
  /** `always`: the model has sound whatever is asked; `never`: asking for it is an error. */
  audio: z.enum(['never', 'optional', 'always']).default('never'),
  seed: z.boolean().default(false),
  negativePrompt: z.boolean().default(false),
  watermark: z.boolean().default(false),
  cameraFixed: z.boolean().default(false),
  maxPromptLength: z.int().positive().default(8000),
});
export type Capabilities = z.output<typeof capabilities>;

/** What is used when a request leaves a field out. */
export const modelDefaults = z.object({
  resolution: z.string(),
  /** Seconds, or `auto`. */
  duration: z.union([z.number().positive(), z.literal('auto')]),
  aspectRatio: z.string(),
  generateAudio: z.boolean().default(false),
});
export type ModelDefaults = z.output<typeof modelDefaults>;
