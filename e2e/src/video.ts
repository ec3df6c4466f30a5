import { execFileSync } from 'node:child_process';

export interface Film {
  readonly codec: string;
  readonly width: number;
  readonly height: number;
  readonly seconds: number;
  readonly hasSound: boolean;
}

/** Decodes the whole file, so that a broken one fails, and says what it is. */
export function probe(file: string): Film {
  execFileSync('ffmpeg', ['-v', 'error', '-xerror', '-i', file, '-f', 'null', '-'], { stdio: 'pipe' });
  const fields = ['-show_entries', 'stream=codec_type,codec_name,width,height:format=duration'];
  const report: Report = JSON.parse(
    execFileSync('ffprobe', ['-v', 'error', ...fields, '-of', 'json', file], { encoding: 'utf8' }),
  );
  const picture = report.streams.find((stream) => stream.codec_type === 'video');
  return {
    codec: picture?.codec_name ?? 'none',
    width: picture?.width ?? 0,
    height: picture?.height ?? 0,
    seconds: Number(report.format.duration),
    hasSound: report.streams.some((stream) => stream.codec_type === 'audio'),
  };
}

interface Report {
  readonly streams: readonly { codec_type: string; codec_name: string; width?: number; height?: number }[];
  readonly format: { duration: string };
}
