export type Way = 'text_to_video' | 'image_to_video' | 'video_to_video';

/** What a model takes by endpoint; anything else is a 400. */
export interface Model {
  /** Pixels by endpoint; an edit keeps those of its source. */
  readonly ratios: Partial<Readonly<Record<Way, readonly string[]>>>;
  readonly seconds: readonly number[];
  /** Sound, on unless one says no. Elsewhere there is no such field. */
  readonly audio: boolean;
  readonly lastFrame: boolean;
}

const wide = ['1280:720', '720:1280'];
const any = [...wide, '1104:832', '832:1104', '960:960', '1584:672'];
const large = [...wide, '1080:1920', '1920:1080'];
const gen = { seconds: [2, 3, 4, 5, 6, 7, 8, 9, 10], audio: false, lastFrame: false };
const veo = {
  ratios: { text_to_video: large, image_to_video: large },
  seconds: [4, 6, 8],
  audio: true,
  lastFrame: true,
};

const models: Readonly<Record<string, Model>> = {
  'gen4.5': { ...gen, ratios: { text_to_video: wide, image_to_video: any } },
  gen4_turbo: { ...gen, ratios: { image_to_video: any } },
  'veo3.1': veo,
  'veo3.1_fast': veo,
  aleph2: { ...gen, ratios: { video_to_video: [] } },
};

export function modelOf(way: Way, name: string): Model | undefined {
  const model = Object.hasOwn(models, name) ? models[name] : undefined;
  return model?.ratios[way] === undefined ? undefined : model;
}
