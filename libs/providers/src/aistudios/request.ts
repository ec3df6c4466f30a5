import { type SubmitInput } from '@videoapi/provider-kit';
import { z } from 'zod';
import { type Place } from './channel.js';
import { languageOf } from './language.js';
import { type Avatar, completed, sceneOf, scenesSchema } from './scene.js';

const optionsSchema = z.object({
  scenes: scenesSchema.optional(),
  language: z
    .string()
    .regex(/^[a-z]{2}$/)
    .optional(),
  model: z.string().min(1).max(100).optional(),
  clothes: z.string().min(1).max(100).optional(),
});

/** Widths of its canvas and what it calls them. */
const resolutions: Readonly<Record<string, string>> = { '480p': '480', '720p': '720', '1080p': '1080', '4k': '4k' };

export interface Order {
  readonly path: string;
  readonly json: unknown;
}

/** The call that renders, or why this request cannot be put into one. */
export function orderOf(input: SubmitInput, place: Place): Order | { readonly problem: string } {
  const { request, upstreamModel } = input;
  const options = optionsSchema.safeParse(request.providerOptions).data;
  if (options === undefined) {
    return {
      problem: 'provider_options: scenes is a list of scenes, language two letters; model and clothes are ids.',
    };
  }
  const resolution = resolutions[request.resolution];
  if (resolution === undefined) return { problem: 'This provider renders 480p, 720p, 1080p and 4k.' };
  if (place.isChina && resolution !== '1080') return { problem: 'This provider renders 1080p only.' };
  const how = {
    // Without it a quick render is drawn up and never made.
    ...(!place.isChina && { isExport: true, resolution, workspaceId: place.workspaceId }),
    webhookUrl: input.callbackUrl ?? undefined,
  };
  const [model = '', clothes] = upstreamModel.split('/', 2);
  const avatar = { model: options.model ?? model, clothes: options.clothes ?? clothes };
  const isPortrait = request.aspectRatio === '9:16';
  if (!isPortrait && options.scenes === undefined) {
    return quickOf(request.prompt, options.language ?? languageOf(request.prompt), avatar, how, place);
  }
  if (avatar.clothes === undefined) return { problem: 'A custom avatar speaks plain words, in 16:9.' };
  const dressed = { ...avatar, clothes: avatar.clothes };
  const scenes = options.scenes?.map((scene, index) => completed(scene, index, dressed, isPortrait)) ?? [
    sceneOf(request.prompt, dressed, isPortrait),
  ];
  const orientation = isPortrait ? 'portrait' : 'landscape';
  // The name is the only place where our reference shows again.
  return { path: projects, json: { name: input.reference, orientation, scenes, ...how } };
}

export const projects = '/api/odin/v3/editor/project';

type MaybeDressed = Pick<Avatar, 'model'> & { readonly clothes: string | undefined };

function quickOf(
  text: string,
  language: string,
  { model, clothes }: MaybeDressed,
  how: object,
  { isChina }: Place,
): Order | { readonly problem: string } {
  if (clothes !== undefined) {
    return { path: '/api/odin/v3/simple/video', json: { language, text, model, clothes, ...how } };
  }
  if (isChina) return { problem: 'This provider has no custom avatars here.' };
  return { path: '/api/odin/v3/simple/custom', json: { language, text, model, ...how } };
}
