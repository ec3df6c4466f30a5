import { execFileSync } from 'node:child_process';

/** A real 64 × 64 PNG of one colour. */
export function pngImage(): Buffer {
  return Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAIAAAAlC+aJAAAATElEQVR42u3PQQkAAAgEsItucy+Cb2GwAstOXouAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAwKX5gfFaZ4bdfwAAAABJRU5ErkJggg==',
    'base64',
  );
}

/** A real MP4 of three seconds of grey. */
export function mp4Video(): Buffer {
  const grey = ['-v', 'error', '-f', 'lavfi', '-i', 'color=gray:size=320x180:rate=12:duration=3'];
  const mp4 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-movflags', 'frag_keyframe+empty_moov', '-f', 'mp4', '-'];
  return execFileSync('ffmpeg', [...grey, ...mp4], { maxBuffer: 8 << 20 });
}

/** A real MP3 of one second of a tone. */
export function mp3Audio(): Buffer {
  return execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', 'sine=duration=1', '-f', 'mp3', '-']);
}
