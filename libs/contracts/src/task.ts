import { z } from 'zod';
import { taskType } from './capability.js';
import { credits } from './credits.js';

/** `vidgen_<unix ms>_<8 hex>`: can be guessed and is never a secret. Made by the gateway, so a repeat carries the same one. */
export const taskId = z.string().regex(/^vidgen_\d{13}_[0-9a-f]{8}$/);

export const taskStatuses = ['pending', 'processing', 'completed', 'failed'] as const;
/** What a customer sees. Never moves back. */
export type TaskStatus = (typeof taskStatuses)[number];
export const taskStatus = z.enum(taskStatuses);

export const taskMode = z.enum(['live', 'test']);
export type TaskMode = z.output<typeof taskMode>;

export const metadata = z.record(z.string().min(1).max(64), z.unknown());

/**
 * The canonical request: what every dialect translates into. Assets are http(s) URLs, or `uploads/…` keys of the
 * caller's own. Absent means "the model's default".
 */
export const taskRequest = z.object({
  model: z.string().min(1),
  prompt: z.string(),
  type: taskType.optional(),
  images: z.array(z.string()).default([]),
  videos: z.array(z.string()).default([]),
  audios: z.array(z.string()).default([]),
  firstFrame: z.string().optional(),
  lastFrame: z.string().optional(),
  resolution: z.string().optional(),
  /** Seconds, or `auto`. */
  duration: z.union([z.number(), z.literal('auto')]).optional(),
  aspectRatio: z.string().optional(),
  generateAudio: z.boolean().optional(),
  seed: z.int().optional(),
  negativePrompt: z.string().optional(),
  watermark: z.boolean().optional(),
  cameraFixed: z.boolean().optional(),
  endUserId: z.string().optional(),
  metadata: metadata.default({}),
  providerOptions: z.record(z.string(), z.unknown()).default({}),
  maxCredits: credits.optional(),
});
export type TaskRequest = z.output<typeof taskRequest>;

/** Of an asset: a file that was uploaded to us, which is looked up and not fetched. */
export function isUploadKey(source: string): boolean {
  return source.startsWith('uploads/');
}

/** A request with every default filled in and checked against the model. Priced from, and the only thing an adapter sees. */
export const resolvedRequest = z.object({
  prompt: z.string(),
  type: taskType,
  images: z.array(z.string()),
  videos: z.array(z.string()),
  audios: z.array(z.string()),
  firstFrame: z.string().optional(),
  lastFrame: z.string().optional(),
  resolution: z.string(),
  duration: z.union([z.number().positive(), z.literal('auto')]),
  /** What is held for: the asked seconds, or the model's maximum for `auto`. Milliseconds. */
  maxDurationMs: z.int().positive(),
  aspectRatio: z.string(),
  generateAudio: z.boolean(),
  seed: z.int().optional(),
  negativePrompt: z.string().optional(),
  watermark: z.boolean().optional(),
  cameraFixed: z.boolean().optional(),
  endUserId: z.string().optional(),
  providerOptions: z.record(z.string(), z.unknown()),
});
export type ResolvedRequest = z.output<typeof resolvedRequest>;

/** One stored file of a finished task. Paths are our own stable links, to be prefixed with the public base URL. */
export const taskOutput = z.object({
  mediaId: z.string(),
  path: z.string().startsWith('/media/'),
  contentType: z.string(),
  /** Bytes. */
  size: z.int().nonnegative(),
  width: z.int().positive().nullable(),
  height: z.int().positive().nullable(),
  durationMs: z.int().positive().nullable(),
  thumbnailPath: z.string().nullable(),
});
export type TaskOutput = z.output<typeof taskOutput>;

export const taskErrorCodes = [
  'content_rejected',
  'invalid_request',
  'provider_error',
  'provider_unavailable',
  'timeout',
  'cancelled',
  'expired',
  'storage_error',
  'internal_error',
] as const;
export type TaskErrorCode = (typeof taskErrorCodes)[number];
export const taskError = z.object({ code: z.enum(taskErrorCodes), message: z.string() });
export type TaskError = z.output<typeof taskError>;

/** A task as every dialect, event and delivery sees it. */
export const task = z.object({
  id: taskId,
  accountId: z.string(),
  /** Rises by one with every change; a reader drops what is not newer. */
  version: z.int().positive(),
  mode: taskMode,
  model: z.string(),
  status: taskStatus,
  type: taskType,
  /** 0–100, never falls. */
  progress: z.int().min(0).max(100),
  /** Left out of events: a delivery body stays small and carries no prompt. */
  prompt: z.string().optional(),
  resolution: z.string(),
  duration: z.union([z.number(), z.literal('auto')]),
  aspectRatio: z.string(),
  generateAudio: z.boolean(),
  outputs: z.array(taskOutput),
  creditsReserved: credits,
  creditsCharged: credits.nullable(),
  /** True exactly when a hold had been made and nothing was charged in the end. */
  creditsRefunded: z.boolean(),
  error: taskError.nullable(),
  metadata,
  endUserId: z.string().nullable(),
  queuePosition: z.int().nonnegative().nullable(),
  etaSeconds: z.int().nonnegative().nullable(),
  createdAt: z.iso.datetime({ offset: true }),
  startedAt: z.iso.datetime({ offset: true }).nullable(),
  completedAt: z.iso.datetime({ offset: true }).nullable(),
});
export type Task = z.output<typeof task>;

/** One signed delivery for this task alone, besides the account's endpoints. */
export const taskCallback = z.object({ url: z.url(), format: z.enum(['native', 'aistudios']).default('native') });
export type TaskCallback = z.output<typeof taskCallback>;
