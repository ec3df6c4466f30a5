/** What a `req_key` takes: it names the use and the resolution in one. */
export interface Model {
  readonly resolution: '720p' | '1080p';
  readonly images: { readonly min: number; readonly max: number };
  /** Takes a template for the move of its camera. */
  readonly moves?: true;
  /** Seconds. */
  readonly longest: 5 | 10;
}

const words = { images: { min: 0, max: 0 }, longest: 10 } as const;
const first = { images: { min: 1, max: 1 }, longest: 10 } as const;
const firstAndLast = { images: { min: 2, max: 2 }, longest: 10 } as const;

const models: Readonly<Record<string, Model>> = {
  jimeng_t2v_v30: { ...words, resolution: '720p' },
  jimeng_t2v_v30_1080p: { ...words, resolution: '1080p' },
  jimeng_i2v_first_v30: { ...first, resolution: '720p' },
  jimeng_i2v_first_v30_1080: { ...first, resolution: '1080p' },
  jimeng_i2v_first_tail_v30: { ...firstAndLast, resolution: '720p' },
  jimeng_i2v_first_tail_v30_1080: { ...firstAndLast, resolution: '1080p' },
  jimeng_i2v_recamera_v30: { ...first, resolution: '720p', moves: true },
  jimeng_ti2v_v30_pro: { images: { min: 0, max: 1 }, longest: 10, resolution: '1080p' },
  jimeng_vgfm_t2v_l20: { ...words, resolution: '720p', longest: 5 },
  jimeng_vgfm_i2v_l20: { ...first, resolution: '720p', longest: 5 },
};

export function modelOf(reqKey: string): Model | undefined {
  return Object.hasOwn(models, reqKey) ? models[reqKey] : undefined;
}
