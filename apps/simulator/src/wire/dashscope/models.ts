/** What a family of models takes. Anything else is a 400. */
export interface Family {
  /** Models between two frames have an address of their own, unless they are of the newer kind. */
  readonly service: 'video-generation' | 'image2video';
  readonly prompt: 'required' | 'optional';
  /** Fields of `input` besides the prompt and `media`; those with a mark must be there. */
  readonly inputs: readonly string[];
  /** How many of each type `media` must and may have; without it there is no such list. */
  readonly media?: Readonly<Record<string, readonly [min: number, max: number]>>;
  /** There must be something in it. */
  readonly needsMedia?: true;
  /** Pixels or a resolution. */
  readonly shape: 'size' | 'resolution';
  readonly resolutions: readonly string[];
  /** What is rendered when nobody says. */
  readonly resolution: string;
  /** The first is the default; none: the shape follows the input. */
  readonly ratios: readonly string[];
  /** Seconds, and the number that leaves the length to the model. */
  readonly seconds: { readonly min: number; readonly max: number } | readonly number[];
  readonly auto?: number;
  /** The length follows the input, whatever is asked. */
  readonly keepsLength?: true;
  /** Further `parameters`. */
  readonly switches: readonly string[];
  readonly audio: 'always' | 'never' | 'switch';
  /** Burns its name into the picture unless told not to. */
  readonly marks?: true;
}

const standard = ['16:9', '9:16', '1:1', '4:3', '3:4'];
const wide = [...standard, '4:5', '5:4', '9:21', '21:9'];

const fields = {
  service: 'video-generation',
  prompt: 'required',
  inputs: ['negative_prompt'],
  ratios: [],
  switches: ['prompt_extend'],
  audio: 'never',
} as const;
const words = { ...fields, shape: 'size' } as const;
const frame = {
  ...fields,
  prompt: 'optional',
  inputs: ['negative_prompt', 'img_url!', 'template'],
  shape: 'resolution',
} as const;
const twoFrames = {
  ...fields,
  service: 'image2video',
  prompt: 'optional',
  inputs: ['negative_prompt', 'first_frame_url!', 'last_frame_url', 'template'],
  shape: 'resolution',
} as const;

const wan26 = {
  resolutions: ['720P', '1080P'],
  resolution: '1080P',
  seconds: { min: 2, max: 15 },
  audio: 'always',
} as const;
const wan25 = {
  resolutions: ['480P', '720P', '1080P'],
  resolution: '1080P',
  seconds: [5, 10],
  audio: 'always',
} as const;
const multi = ['prompt_extend', 'shot_type'];

const media = {
  service: 'video-generation',
  prompt: 'required',
  inputs: [],
  media: {},
  shape: 'resolution',
  resolution: '1080P',
  audio: 'always',
} as const;
const wan27 = {
  ...media,
  resolutions: ['720P', '1080P'],
  seconds: { min: 2, max: 15 },
  switches: ['prompt_extend'],
} as const;
const horse10 = {
  ...media,
  resolutions: ['720P', '1080P'],
  ratios: standard,
  switches: [],
  marks: true,
  seconds: { min: 3, max: 15 },
} as const;
const horse11 = { ...horse10, resolutions: ['480P', '720P', '1080P'], ratios: wide } as const;

/** First match wins. */
const families: readonly (readonly [pattern: RegExp, family: Family])[] = [
  [/^happyhorse-1\.0-t2v$/, horse10],
  [/^happyhorse-1\.1-t2v$/, horse11],
  [/^happyhorse-1\.0-i2v$/, { ...horse10, prompt: 'optional', media: { first_frame: [1, 1] }, ratios: [] }],
  [/^happyhorse-1\.1-i2v$/, { ...horse11, prompt: 'optional', media: { first_frame: [1, 1] }, ratios: [] }],
  [/^happyhorse-1\.0-r2v$/, { ...horse10, media: { reference_image: [1, 9] } }],
  [/^happyhorse-1\.1-r2v$/, { ...horse11, media: { reference_image: [1, 9] } }],
  [
    /^happyhorse-1\.0-video-edit$/,
    {
      ...horse10,
      media: { video: [1, 1], reference_image: [0, 5] },
      ratios: [],
      keepsLength: true,
      switches: ['audio_setting'],
    },
  ],
  [
    /^wan3\.0-video(-prime)?$/,
    {
      ...media,
      media: {
        first_frame: [0, 1],
        last_frame: [0, 1],
        reference_image: [0, 10],
        reference_video: [0, 5],
        reference_audio: [0, 5],
      },
      resolutions: ['480P', '720P', '1080P'],
      ratios: ['adaptive', ...standard],
      seconds: { min: 2, max: 30 },
      auto: -1,
      switches: ['prompt_extend', 'audio'],
      audio: 'switch',
    },
  ],
  [/^wan2\.7-t2v/, { ...wan27, inputs: ['audio_url'], ratios: standard }],
  [
    /^wan2\.7-i2v/,
    {
      ...wan27,
      prompt: 'optional',
      media: { first_frame: [0, 1], last_frame: [0, 1], driving_audio: [0, 1], first_clip: [0, 1] },
      needsMedia: true,
      ratios: [],
    },
  ],
  [
    /^wan2\.7-r2v/,
    {
      ...wan27,
      media: { reference_image: [0, 5], reference_video: [0, 3], first_frame: [0, 1] },
      needsMedia: true,
      ratios: standard,
      seconds: { min: 2, max: 10 },
    },
  ],
  [
    /^wan2\.7-videoedit/,
    {
      ...wan27,
      media: { video: [1, 1], reference_image: [0, 5] },
      ratios: standard,
      auto: 0,
      switches: ['prompt_extend', 'audio_setting'],
    },
  ],
  [/^wan2\.6-t2v/, { ...words, ...wan26, inputs: ['negative_prompt', 'audio_url'], switches: multi }],
  [
    /^wan2\.6-i2v-flash/,
    { ...frame, ...wan26, inputs: [...frame.inputs, 'audio_url'], switches: [...multi, 'audio'], audio: 'switch' },
  ],
  [/^wan2\.6-i2v/, { ...frame, ...wan26, inputs: [...frame.inputs, 'audio_url'], switches: multi }],
  [
    /^wan2\.6-r2v/,
    { ...words, ...wan26, inputs: ['negative_prompt', 'reference_urls', 'reference_video_urls'], switches: multi },
  ],
  [/^wan2\.5-t2v/, { ...words, ...wan25, inputs: ['negative_prompt', 'audio_url'] }],
  [/^wan2\.5-i2v/, { ...frame, ...wan25, inputs: [...frame.inputs, 'audio_url'] }],
  [/^wan2\.2-t2v-plus/, { ...words, resolutions: ['480P', '1080P'], resolution: '1080P', seconds: [5] }],
  [/^wan2\.2-i2v/, { ...frame, resolutions: ['480P', '720P', '1080P'], resolution: '720P', seconds: [5] }],
  [/^wan2\.2-kf2v/, { ...twoFrames, resolutions: ['480P', '720P', '1080P'], resolution: '720P', seconds: [5] }],
  [/^wanx2\.1-t2v/, { ...words, resolutions: ['480P', '720P'], resolution: '720P', seconds: { min: 3, max: 5 } }],
  [/^wanx2\.1-i2v/, { ...frame, resolutions: ['480P', '720P'], resolution: '720P', seconds: { min: 3, max: 5 } }],
  [/^wanx2\.1-kf2v/, { ...twoFrames, resolutions: ['720P'], resolution: '720P', seconds: [5] }],
];

/** A bare `happyhorse-1.0` is the name that resellers gave it: there is no such model here. */
export function familyOf(model: string): Family | undefined {
  return families.find(([pattern]) => pattern.test(model))?.[1];
}

const sizes: Readonly<Record<string, readonly string[]>> = {
  '480P': ['832*480', '480*832', '624*624'],
  '720P': ['1280*720', '720*1280', '960*960', '1088*832', '832*1088'],
  '1080P': ['1920*1080', '1080*1920', '1440*1440', '1632*1248', '1248*1632'],
};

/** The sizes of these resolutions, the first of the given one first. */
export function sizesOf({ resolutions, resolution }: Family): readonly string[] {
  const names = [resolution, ...resolutions.filter((name) => name !== resolution)];
  return names.flatMap((name) => sizes[name] ?? []);
}
