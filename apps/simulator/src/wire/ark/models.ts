import { frameSize, type FrameSize } from '../../render/frame-size.js';

/** What a family of Seedance models takes; anything else is a 400. */
export interface Family {
  readonly resolutions: readonly string[];
  readonly defaultResolution: string;
  readonly seconds: { readonly min: number; readonly max: number };
  /** `duration: -1`: the model decides. */
  readonly auto: boolean;
  readonly audio: boolean;
  readonly frames: boolean;
  readonly sizes: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Pixels by resolution and landscape ratio; portrait is the same turned round. */
const firstSizes = {
  '480p': { '16:9': '864x480', '4:3': '736x544', '1:1': '640x640', '21:9': '960x416' },
  '720p': { '16:9': '1248x704', '4:3': '1120x832', '1:1': '960x960', '21:9': '1504x640' },
  '1080p': { '16:9': '1920x1088', '4:3': '1664x1248', '1:1': '1440x1440', '21:9': '2176x928' },
};
const laterSizes = {
  '480p': { '16:9': '864x496', '4:3': '752x560', '1:1': '640x640', '21:9': '992x432' },
  '720p': { '16:9': '1280x720', '4:3': '1112x834', '1:1': '960x960', '21:9': '1470x630' },
  '1080p': { '16:9': '1920x1080', '4:3': '1664x1248', '1:1': '1440x1440', '21:9': '2206x946' },
};

const first = {
  resolutions: ['480p', '720p', '1080p'],
  seconds: { min: 2, max: 12 },
  auto: false,
  audio: false,
  frames: true,
  sizes: firstSizes,
};
const later = { defaultResolution: '720p', auto: true, audio: true, frames: false, sizes: laterSizes };

/** Longest prefix first; the `doubao-` and `dreamina-` of the two clouds are taken off before. */
const families: readonly (readonly [prefix: string, family: Family])[] = [
  ['seedance-1-0-lite', { ...first, defaultResolution: '720p' }],
  ['seedance-1-0-pro', { ...first, defaultResolution: '1080p' }],
  ['seedance-1-5-pro', { ...later, resolutions: ['480p', '720p', '1080p'], seconds: { min: 4, max: 12 } }],
  ['seedance-2-0-fast', { ...later, resolutions: ['480p', '720p'], seconds: { min: 4, max: 15 } }],
  ['seedance-2-0-mini', { ...later, resolutions: ['480p', '720p'], seconds: { min: 4, max: 15 } }],
  ['seedance-2-0', { ...later, resolutions: ['480p', '720p', '1080p', '4k'], seconds: { min: 4, max: 15 } }],
  ['seedance-2-5', { ...later, resolutions: ['480p', '720p', '1080p'], seconds: { min: 4, max: 30 } }],
  // An endpoint id says nothing about its model: the widest family.
  ['ep-', { ...later, resolutions: ['480p', '720p', '1080p', '4k'], seconds: { min: 2, max: 30 } }],
];

export function familyOf(model: string): Family | undefined {
  const name = model.replace(/^(doubao|dreamina)-/, '');
  return families.find(([prefix]) => name.startsWith(prefix))?.[1];
}

export const ratios = ['16:9', '4:3', '1:1', '3:4', '9:16', '21:9', 'adaptive'] as const;
export type Ratio = (typeof ratios)[number];

/** Pixels of the answer; what the tables do not have (4k) is computed. */
export function sizeOf(family: Family, resolution: string, ratio: Exclude<Ratio, 'adaptive'>): FrameSize {
  const portrait = ratio === '3:4' || ratio === '9:16';
  const landscape = portrait ? { '3:4': '4:3', '9:16': '16:9' }[ratio] : ratio;
  const [width, height] = (family.sizes[resolution]?.[landscape] ?? '').split('x').map(Number);
  if (width === undefined || height === undefined) return frameSize(resolution, ratio) ?? { width: 1280, height: 720 };
  return portrait ? { width: height, height: width } : { width, height };
}
