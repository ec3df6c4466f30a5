/** What a model takes; anything else is 400, code 1201. Prices in units a second, by resolution. */
export interface Family {
  readonly operations: readonly Operation[];
  readonly resolutions: readonly string[];
  readonly seconds: readonly number[];
  readonly silent: Readonly<Record<string, number>>;
  readonly sounding: Readonly<Record<string, number>>;
  /** Elements beside a first frame, or among references. */
  readonly elements: number;
  readonly shots: boolean;
  readonly lastFrame: boolean;
}
export type Operation = 'text-to-video' | 'image-to-video' | 'omni-video';

const upTo = (most: number) => Array.from({ length: most - 2 }, (_, index) => index + 3);
const plain = {
  operations: ['text-to-video', 'image-to-video'],
  resolutions: ['720p', '1080p'],
  elements: 0,
  shots: false,
  lastFrame: true,
} as const;
const three = {
  resolutions: ['720p', '1080p', '4k'],
  seconds: upTo(15),
  silent: { '720p': 0.6, '1080p': 0.8, '4k': 3 },
  sounding: { '720p': 0.9, '1080p': 1.2, '4k': 3 },
  elements: 3,
  shots: true,
  lastFrame: true,
};
const turbo = { '720p': 0.8, '1080p': 1 };
const two = { '720p': 0.3, '1080p': 0.5 };

const threeZero: Family = { ...three, operations: plain.operations };
const threeOmni: Family = { ...three, operations: ['omni-video'] };
const omniOne: Family = {
  ...plain,
  operations: ['omni-video'],
  seconds: upTo(10),
  silent: three.silent,
  sounding: {},
  elements: 3,
};
const twoSix: Family = { ...plain, seconds: [5, 10], silent: two, sounding: { '1080p': 1 } };
const twoFive: Family = { ...plain, seconds: [5, 10], silent: two, sounding: {} };

export const models: Readonly<Record<string, Family>> = {
  'kling-3.0-turbo': { ...plain, seconds: upTo(15), silent: turbo, sounding: turbo, lastFrame: false },
  'kling-3.0': threeZero,
  'kling-2.6': twoSix,
  'kling-2.5-turbo': twoFive,
  'kling-3.0-omni': threeOmni,
  'kling-o1': omniOne,
};

/** By their old names. The first families were retired on 2026-09-15 and are as unknown as any other word. */
export const legacyModels: Readonly<Record<string, Family>> = {
  'kling-v2-5-turbo': twoFive,
  'kling-v2-6': twoSix,
  'kling-v3': threeZero,
  'kling-v3-omni': threeOmni,
  'kling-video-o1': omniOne,
};

export function familyOf(table: Readonly<Record<string, Family>>, model: string): Family | undefined {
  return Object.hasOwn(table, model) ? table[model] : undefined;
}
