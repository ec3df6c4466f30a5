/** What a size says: `1280x720` both, `16:9` the shape alone, `720p` the resolution alone. */
export interface FrameSize {
  readonly resolution?: string;
  readonly aspectRatio?: string;
}

/** Undefined for what is no size. A resolution is named by its short side, as in `720p`; 2160 is `4k`. */
export function readSize(size: string): FrameSize | undefined {
  const [, across, down] = /^(\d{2,5})[xX*](\d{2,5})$/.exec(size) ?? [];
  if (across !== undefined && down !== undefined) return sizeOfPixels(Number(across), Number(down));
  if (/^\d{1,2}:\d{1,2}$/.test(size)) return { aspectRatio: size };
  return /^(\d{3,4}p|[248]k)$/.test(size) ? { resolution: size } : undefined;
}

/** Undefined for a frame without a surface. */
export function sizeOfPixels(width: number, height: number): FrameSize | undefined {
  if (width < 1 || height < 1) return undefined;
  const short = Math.min(width, height);
  return { resolution: short === 2160 ? '4k' : `${short}p`, aspectRatio: ratioOf(width, height) };
}

/** `1280x720` for 720p and 16:9; undefined when either is left to the model. */
export function writeSize({ resolution, aspectRatio }: Required<FrameSize>): string | undefined {
  const short = resolution === '4k' ? 2160 : Number(/^(\d{3,4})p$/.exec(resolution)?.[1] ?? Number.NaN);
  const [across = Number.NaN, down = Number.NaN] = aspectRatio.split(':').map(Number);
  const long = longSides[resolution]?.[`${Math.max(across, down)}:${Math.min(across, down)}`];
  const other = long ?? even((short * Math.max(across, down)) / Math.min(across, down));
  if (!Number.isFinite(other)) return undefined;
  return across >= down ? `${other}x${short}` : `${short}x${other}`;
}

/** OpenAI's large size is called 16:9 and is not quite. */
const longSides: Readonly<Record<string, Readonly<Record<string, number>>>> = { '1024p': { '16:9': 1792 } };

/** The shapes that models name. Frames are rounded to what an encoder takes, so the nearest one within 2 % is meant. */
const shapes = ['16:9', '9:16', '1:1', '4:3', '3:4', '21:9', '9:21', '3:2', '2:3', '4:5', '5:4'] as const;
const tolerance = 0.02;

function ratioOf(width: number, height: number): string {
  const [nearest] = shapes
    .map((name) => ({ name, error: Math.abs(width / height / valueOf(name) - 1) }))
    .toSorted((left, right) => left.error - right.error);
  if (nearest !== undefined && nearest.error <= tolerance) return nearest.name;
  const divisor = greatestCommonDivisor(width, height);
  return `${width / divisor}:${height / divisor}`;
}

function valueOf(shape: string): number {
  const [across = 1, down = 1] = shape.split(':').map(Number);
  return across / down;
}

function greatestCommonDivisor(left: number, right: number): number {
  return right === 0 ? left : greatestCommonDivisor(right, left % right);
}

function even(side: number): number {
  return Math.round(side / 2) * 2;
}
