export interface FrameSize {
  readonly width: number;
  readonly height: number;
}

const named: Record<string, number> = { '2k': 1440, '4k': 2160 };

/**
 * Pixels of a resolution such as `720p` or `4k` (its short side) in an aspect ratio such as `16:9`; both sides even, as
 * yuv420p wants. `auto` and `adaptive` are 16:9. Undefined when either is not of that form.
 */
export function frameSize(resolution: string, aspectRatio: string): FrameSize | undefined {
  const short = named[resolution.toLowerCase()] ?? Number(/^(\d{3,4})p$/i.exec(resolution)?.[1] ?? NaN);
  const ratio = /^(\d{1,2}):(\d{1,2})$/.exec(/^(auto|adaptive)$/.test(aspectRatio) ? '16:9' : aspectRatio);
  const [across, down] = [Number(ratio?.[1] ?? NaN), Number(ratio?.[2] ?? NaN)];
  if (!(short >= 100 && short <= 2160) || !(across > 0 && down > 0)) return undefined;
  const long = even((short * Math.max(across, down)) / Math.min(across, down));
  if (long > 8192) return undefined;
  return across >= down ? { width: long, height: even(short) } : { width: even(short), height: long };
}

/** `1280x720`. Undefined unless both sides are even and within what the renderer takes. */
export function parseSize(size: string): FrameSize | undefined {
  const match = /^(\d{2,4})x(\d{2,4})$/.exec(size);
  const [width, height] = [Number(match?.[1] ?? NaN), Number(match?.[2] ?? NaN)];
  return isFrameSize(width) && isFrameSize(height) ? { width, height } : undefined;
}

export function isFrameSize(side: number): boolean {
  return Number.isInteger(side) && side >= 64 && side <= 8192 && side % 2 === 0;
}

function even(side: number): number {
  return Math.round(side / 2) * 2;
}
