import { type TaskType } from '@videoapi/contracts';

/** What one upstream model is for. `any`: frames, references or neither (Wan 3.0). */
export type Kind = 't2v' | 'i2v' | 'kf2v' | 'r2v' | 'edit' | 'any';

export interface UpstreamModel {
  readonly id: string;
  readonly kind: Kind;
  readonly family: 'happyhorse' | 'wan';
  readonly version: number;
  /** `media`: a list with a type each. Before Wan 2.7 every input has a field of its own. */
  readonly dialect: 'media' | 'fields';
}

const idPattern = /^(wanx?|happyhorse-)(\d+\.\d+)(?:-(t2v|i2v|kf2v|r2v|video-?edit|video))?(?=-|$)/;
const kinds: Readonly<Record<string, Kind>> = {
  t2v: 't2v',
  i2v: 'i2v',
  kf2v: 'kf2v',
  r2v: 'r2v',
  videoedit: 'edit',
  'video-edit': 'edit',
  video: 'any',
};

/** The model as DashScope names it, chosen by the kind of request where the name leaves it open. */
export function modelOf(name: string, type: TaskType): UpstreamModel | undefined {
  const [, prefix = '', version = '', way] = idPattern.exec(name) ?? [];
  if (prefix === '') return undefined;
  const family = prefix === 'happyhorse-' ? 'happyhorse' : 'wan';
  const kind = kinds[way ?? wayOf(type, family)];
  if (kind === undefined) return undefined;
  const dialect = family === 'happyhorse' || Number(version) >= 2.7 ? 'media' : 'fields';
  return {
    id: way === undefined ? `${name}-${wayOf(type, family)}` : name,
    kind,
    family,
    version: Number(version),
    dialect,
  };
}

function wayOf(type: TaskType, family: UpstreamModel['family']): string {
  switch (type) {
    case 'text-to-video':
      return 't2v';
    case 'image-to-video':
      return 'i2v';
    case 'reference-to-video':
      return 'r2v';
    case 'video-edit':
      return family === 'happyhorse' ? 'video-edit' : 'videoedit';
  }
}

/** Wan 2.2's and 2.1's models between two frames have an address of their own. */
export function pathOf({ kind }: UpstreamModel): string {
  return kind === 'kf2v'
    ? '/services/aigc/image2video/video-synthesis'
    : '/services/aigc/video-generation/video-synthesis';
}

const sizes: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '480p': { '16:9': '832*480', '9:16': '480*832', '1:1': '624*624' },
  '720p': { '16:9': '1280*720', '9:16': '720*1280', '1:1': '960*960', '4:3': '1088*832', '3:4': '832*1088' },
  '1080p': { '16:9': '1920*1080', '9:16': '1080*1920', '1:1': '1440*1440', '4:3': '1632*1248', '3:4': '1248*1632' },
};

/** `1280*720`, with a star. Undefined for what no older model renders. */
export function sizeOf(resolution: string, aspectRatio: string): string | undefined {
  return sizes[resolution]?.[aspectRatio];
}
