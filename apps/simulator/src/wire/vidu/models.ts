export type Way = 'text2video' | 'img2video' | 'start-end2video' | 'reference2video';

/** What a generation of models takes; anything else is a 400. */
export interface Family {
  readonly seconds: readonly number[];
  readonly resolutions: readonly string[];
  readonly defaultResolution: string;
  /** Sound, on unless one says no. Elsewhere there is no such field. */
  readonly audio: boolean;
  readonly longestPrompt: number;
  /** Credits per second by resolution, or for a clip. */
  readonly credits:
    { readonly perSecond: Readonly<Record<string, number>> } | { readonly perClip: Readonly<Record<string, number>> };
}

const upTo = (most: number) => Array.from({ length: most }, (_, index) => index + 1);
const later = { resolutions: ['540p', '720p', '1080p'], defaultResolution: '720p' };
const q3 = { ...later, seconds: upTo(16), audio: true, longestPrompt: 5000 };
const q2 = { ...later, seconds: upTo(10), audio: false, longestPrompt: 2000 };
const perSecond = (...[small, medium, large]: [number, number, number]) => ({
  perSecond: { '540p': small, '720p': medium, '1080p': large },
});

const q3Turbo = { ...q3, credits: perSecond(7, 12, 13) };
const q3Pro = { ...q3, credits: perSecond(9, 20, 24) };
const q3Reference = { ...q3, seconds: upTo(16).slice(2) };
const q1 = {
  seconds: [5],
  resolutions: ['1080p'],
  defaultResolution: '1080p',
  audio: false,
  longestPrompt: 2000,
  credits: { perClip: { '1080p': 80 } },
};
const first = {
  seconds: [4, 8],
  resolutions: ['360p', '720p', '1080p'],
  defaultResolution: '720p',
  audio: false,
  longestPrompt: 2000,
  credits: { perClip: { '360p': 20, '720p': 40, '1080p': 100 } },
};
/** No list has prices of Q2: these are made up. */
const q2Any = { ...q2, credits: perSecond(4, 8, 12) };

const frames = {
  'viduq3-turbo': q3Turbo,
  'viduq3-pro': q3Pro,
  'viduq3-pro-fast': { ...q3, resolutions: ['720p', '1080p'], credits: perSecond(0, 12, 15) },
  'viduq2-pro-fast': q2Any,
  'viduq2-pro': q2Any,
  'viduq2-turbo': q2Any,
  viduq1: q1,
  'viduq1-classic': q1,
  'vidu2.0': first,
};

/** By endpoint: the same name may take other lengths elsewhere. */
const models: Readonly<Record<Way, Readonly<Record<string, Family>>>> = {
  text2video: { 'viduq3-turbo': q3Turbo, 'viduq3-pro': q3Pro, viduq2: q2Any, viduq1: q1 },
  img2video: frames,
  'start-end2video': frames,
  reference2video: {
    viduq3: { ...q3Reference, credits: perSecond(7, 12, 15) },
    'viduq3-turbo': { ...q3Reference, credits: perSecond(4, 10, 13) },
    'viduq3-mix': { ...q3Reference, resolutions: ['720p', '1080p'], credits: perSecond(0, 24, 29) },
    'viduq2-pro': q2Any,
    viduq2: q2Any,
    viduq1: q1,
    'vidu2.0': first,
  },
};

export function familyOf(way: Way, model: string): Family | undefined {
  return Object.hasOwn(models[way], model) ? models[way][model] : undefined;
}

/** Half of it in the quiet hours. */
export function creditsOf({ credits }: Family, resolution: string, seconds: number, offPeak: boolean): number {
  const full =
    'perClip' in credits ? (credits.perClip[resolution] ?? 0) : (credits.perSecond[resolution] ?? 0) * seconds;
  return offPeak ? Math.ceil(full / 2) : full;
}
