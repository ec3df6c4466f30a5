import { type ResolvedRequest } from '@videoapi/contracts';
import { rewriteReferences } from '@videoapi/provider-kit';
import { z } from 'zod';

/** A create call. `kind`: the legacy path under which the task is found again. */
export interface CreateWire {
  readonly path: string;
  readonly json: object;
  readonly kind?: string;
}
export interface Problem {
  readonly problem: string;
}

/** The camera's ways to move: shape only, the values are Kling's to judge. */
const camera = z.strictObject({ type: z.string(), config: z.record(z.string(), z.number()).optional() });
export const options = z.object({
  multi_shot: z.boolean().optional(),
  element_ids: z
    .array(z.union([z.string(), z.int()]))
    .min(1)
    .max(3)
    .optional(),
  cfg_scale: z.number().min(0).max(1).optional(),
  camera_control: camera.optional(),
});
export type Options = z.output<typeof options>;

/** Reads references: `kling-3.0-omni`, `kling-o1`; legacy `kling-v3-omni`, `kling-video-o1`. */
export function isOmni(model: string): boolean {
  return /-(?:omni|o\d+)$/.test(model);
}

export interface Frames {
  readonly first?: string | undefined;
  readonly last?: string | undefined;
}

/** Where it starts and ends: named frames, else the images of a request that starts from one. */
export function framesOf({ type, firstFrame, lastFrame, images }: ResolvedRequest): Frames {
  if (firstFrame !== undefined || lastFrame !== undefined) return { first: firstFrame, last: lastFrame };
  return type === 'image-to-video' ? { first: images[0], last: images[1] } : {};
}

/** The images that are not frames. */
export function referencesOf(request: ResolvedRequest): readonly string[] {
  const hasNamedFrames = request.firstFrame !== undefined || request.lastFrame !== undefined;
  return request.type === 'image-to-video' && !hasNamedFrames ? [] : request.images;
}

/** `@Image1` as the prompt of an omni model binds it, else as a person would say it. */
export function promptOf(prompt: string, isBound: boolean): string {
  return rewriteReferences(prompt, (kind, index) =>
    isBound ? `<<<${kind.toLowerCase()}_${index}>>>` : `${kind.toLowerCase()} ${index}`,
  );
}
