import { type TaskType } from '@videoapi/contracts';

/** What a `req_key` starts from. `either`: words, or a first frame. */
export type Start = 'words' | 'first' | 'first and last' | 'either' | 'camera';

interface Use {
  readonly start: Start;
  readonly resolution: string;
  /** Seconds; ten where nothing else is said. */
  readonly longest?: number;
}

/** Use and resolution are one name: asking for another resolution than the name's would be billed wrongly. */
const uses: Readonly<Record<string, Use>> = {
  jimeng_t2v_v30: { start: 'words', resolution: '720p' },
  jimeng_t2v_v30_1080p: { start: 'words', resolution: '1080p' },
  jimeng_i2v_first_v30: { start: 'first', resolution: '720p' },
  jimeng_i2v_first_v30_1080: { start: 'first', resolution: '1080p' },
  jimeng_i2v_first_tail_v30: { start: 'first and last', resolution: '720p' },
  jimeng_i2v_first_tail_v30_1080: { start: 'first and last', resolution: '1080p' },
  jimeng_i2v_recamera_v30: { start: 'camera', resolution: '720p' },
  jimeng_ti2v_v30_pro: { start: 'either', resolution: '1080p' },
  jimeng_vgfm_t2v_l20: { start: 'words', resolution: '720p', longest: 5 },
  jimeng_vgfm_i2v_l20: { start: 'first', resolution: '720p', longest: 5 },
};

/** Names of ours that stand for several of theirs. */
const families: Readonly<Record<string, readonly string[]>> = {
  jimeng_v30: [
    'jimeng_t2v_v30',
    'jimeng_t2v_v30_1080p',
    'jimeng_i2v_first_v30',
    'jimeng_i2v_first_v30_1080',
    'jimeng_i2v_first_tail_v30',
    'jimeng_i2v_first_tail_v30_1080',
  ],
  jimeng_v30_pro: ['jimeng_ti2v_v30_pro'],
  jimeng_vgfm_l20: ['jimeng_vgfm_t2v_l20', 'jimeng_vgfm_i2v_l20'],
};

export interface Wanted {
  readonly type: TaskType;
  readonly resolution: string;
  readonly hasLastFrame: boolean;
  /** Seconds. */
  readonly duration: number;
}

export type Choice = { readonly reqKey: string; readonly start: Start } | 'unknown' | 'does not fit';

/** The `req_key` that does what is wanted. */
export function chooseModel(upstreamModel: string, wanted: Wanted): Choice {
  const names = Object.hasOwn(families, upstreamModel) ? families[upstreamModel] : [upstreamModel];
  const known = (names ?? []).flatMap((reqKey) => {
    const use = Object.hasOwn(uses, reqKey) ? uses[reqKey] : undefined;
    return use === undefined ? [] : [{ reqKey, ...use }];
  });
  if (known.length === 0) return 'unknown';
  return known.find((use) => fits(use, wanted)) ?? 'does not fit';
}

function fits({ start, resolution, longest = 10 }: Use, wanted: Wanted): boolean {
  if (resolution !== wanted.resolution || wanted.duration > longest) return false;
  if (wanted.type === 'text-to-video') return start === 'words' || start === 'either';
  if (wanted.type !== 'image-to-video') return false;
  return wanted.hasLastFrame
    ? start === 'first and last'
    : start === 'first' || start === 'either' || start === 'camera';
}
