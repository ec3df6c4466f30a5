import { z } from 'zod';

/** Who speaks: ids of the vendor's. */
export interface Avatar {
  readonly model: string;
  readonly clothes: string;
}

const script = z.looseObject({ org: z.string() });
const clip = z.looseObject({
  type: z.string().optional(),
  /** Where older clients put the words. */
  script: script.nullish(),
  model: z.looseObject({ ai_name: z.string().optional(), emotion: z.string().optional() }).nullish(),
});
const scene = z.looseObject({
  sceneIdx: z.int().optional(),
  scripts: z.array(script).max(1).nullish(),
  clips: z.array(clip).nullish(),
});
export const scenesSchema = z.array(scene).min(1);
type Scene = z.output<typeof scene>;

/** A customer's scene as the vendor demands it: nothing that is there is changed, what is missing is added. */
export function completed(given: Scene, index: number, avatar: Avatar, isPortrait: boolean): unknown {
  const clips = given.clips ?? [clipOf(avatar, isPortrait)];
  const speaker = speakerIn(given.clips ?? [], avatar);
  const words = given.scripts?.[0] ?? clips.find((one) => one.script)?.script;
  return {
    background,
    ...given,
    sceneIdx: given.sceneIdx ?? index,
    ...(words && { scripts: [scriptOf(words, speaker)] }),
    clips,
  };
}

/** One scene of ours: the avatar before a plain background, speaking. */
export function sceneOf(text: string, avatar: Avatar, isPortrait: boolean): unknown {
  return {
    sceneIdx: 0,
    watermark: false,
    thumbnailUrl: null,
    scripts: [scriptOf({ org: text }, avatar)],
    background,
    clips: [clipOf(avatar, isPortrait)],
  };
}

/** Whoever a scene already shows must be who speaks in it. */
function speakerIn(clips: readonly z.output<typeof clip>[], { model, clothes }: Avatar): Avatar {
  const shown = clips.find(({ type, model: one }) => type === 'aiModel' && one?.ai_name !== undefined)?.model;
  return { model: shown?.ai_name ?? model, clothes: shown?.emotion ?? clothes };
}

function scriptOf(words: z.output<typeof script>, { model, clothes }: Avatar): z.output<typeof script> {
  return { isTTS: false, tts: null, modelId: model, clothId: clothes, ...words };
}

const background = {
  id: 'background',
  type: 'background',
  source_type: 'image',
  source_url: '/images/background/bg_blue_gradient.png',
  source_color: 'rgb(54,188,37)',
};

/**
 * The vendor's sample stands in the middle of 1920x1080, its feet below the picture. On 1080x1920 it stands as far down
 * for its height.
 */
function clipOf({ model, clothes }: Avatar, isPortrait: boolean): z.output<typeof clip> {
  const [width, height, top] = isPortrait ? [1080, 2229, 257] : [1920, 2229, 144.6];
  return {
    id: 'aiModel-1',
    type: 'aiModel',
    layer: 1,
    top,
    left: (width - 679) / 2,
    height,
    width: 679,
    scaleX: 1,
    scaleY: 1,
    model: { ai_name: model, emotion: clothes },
  };
}
