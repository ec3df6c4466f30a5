import { createHash } from 'node:crypto';
import { type FrameSize } from './frame-size.js';

/** What a file is made of. Two equal films are the same bytes, so one ffmpeg run serves them all. */
export interface Film extends FrameSize {
  readonly frames: number;
  readonly audio: boolean;
  /** What is written into the picture; anything a stranger likes. */
  readonly text: string;
}

/** Low on purpose: a short film costs a fraction of a second of one core. */
export const framesPerSecond = 12;
/** Raise it with every change to the recipe below: a kept cache must not serve films of an older one. */
const recipe = 1;
const maxTextLength = 480;

export function film(size: FrameSize, durationMs: number, audio: boolean, text: string): Film {
  const frames = Math.max(1, Math.round((durationMs * framesPerSecond) / 1000));
  return { width: size.width, height: size.height, frames, audio, text: printable(text).slice(0, maxTextLength) };
}

/** Name of the film in a cache. */
export function filmKey({ width, height, frames, audio, text }: Film): string {
  return createHash('sha256')
    .update(JSON.stringify([recipe, width, height, frames, audio, text]))
    .digest('hex')
    .slice(0, 40);
}

/**
 * Arguments of the ffmpeg run that writes `output` in its working directory. The text is read from `text.txt` there
 * (`wrapText`) with expansion off: no character of a prompt ever stands in a filter or on a command line.
 */
export function filmArguments(one: Film, font: string, output: string): string[] {
  const { width, height, frames } = one;
  const seconds = frames / framesPerSecond;
  const counter = Math.max(10, Math.round(height / 16));
  const picture = [
    `smptehdbars=size=${width}x${height}:rate=${framesPerSecond}:duration=${1 / framesPerSecond},format=yuv420p`,
    `drawbox=x=0:y=0:w=iw:h=ih:color=${tint(one)}@0.75:t=fill`,
    `drawtext=fontfile=${font}:textfile=text.txt:expansion=none:fontsize=${fontSize(one)}:line_spacing=4` +
      `:fontcolor=white:box=1:boxcolor=black@0.5:boxborderw=6:x=${margin(one)}:y=${margin(one)}`,
    // Everything that stands still is drawn once; only the counter is drawn for every frame.
    `loop=loop=${frames - 1}:size=1`,
    `drawtext=fontfile=${font}:text='%{n}':fontsize=${counter}:fontcolor=yellow:box=1:boxcolor=black` +
      `:x='mod(n*${Math.max(2, Math.round(width / 48))}\\,max(1\\,w-tw))':y=h-th-${margin(one)}`,
  ].join(',');
  const sound = one.audio ? `-f lavfi -i sine=frequency=330:sample_rate=44100:duration=${seconds}` : '';
  const soundCodec = one.audio ? `-c:a aac -b:a 64k -t ${seconds}` : '';
  return [
    ...words('-nostdin -y -v error -filter_threads 1 -f lavfi -i'),
    picture,
    ...words(sound),
    ...words(
      `-frames:v ${frames} -threads 1 -c:v libx264 -preset ultrafast -tune zerolatency -crf 28 -pix_fmt yuv420p`,
    ),
    ...words(soundCodec),
    // The same film must be the same bytes on every run: the checkers compare hashes.
    ...words('-fflags +bitexact -flags:v +bitexact -flags:a +bitexact -movflags +faststart -f mp4'),
    output,
  ];
}

/** The text broken into lines that fit the picture; what does not fit ends in an ellipsis. */
export function wrapText(one: Film): string {
  const columns = Math.max(8, Math.floor((one.width - 2 * margin(one)) / (fontSize(one) * 0.62)));
  const rows = Math.max(1, Math.floor((one.height * 0.75) / (fontSize(one) * 1.35)));
  const lines: string[] = [];
  for (const word of one.text.split(' ').flatMap((long) => chop(long, columns))) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= columns) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  if (lines.length <= rows) return lines.join('\n');
  const shown = lines.slice(0, rows);
  return [...shown.slice(0, -1), `${(shown.at(-1) ?? '').slice(0, columns - 1)}…`].join('\n');
}

function words(list: string): string[] {
  return list.split(' ').filter((word) => word !== '');
}

function printable(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[\p{C}\s]+/gu, ' ')
    .trim();
}

function chop(word: string, columns: number): string[] {
  const characters = Array.from(word);
  const pieces: string[] = [];
  for (let at = 0; at < characters.length; at += columns) pieces.push(characters.slice(at, at + columns).join(''));
  return pieces;
}

function fontSize(one: FrameSize): number {
  return Math.max(10, Math.round(Math.min(one.width, one.height) / 18));
}

function margin(one: FrameSize): number {
  return Math.round(Math.min(one.width, one.height) / 20);
}

/** A dark colour of its own for every text, so that two films differ at a glance and white letters stand out. */
function tint(one: Film): string {
  const [red = 0, green = 0, blue = 0] = createHash('sha256').update(one.text).digest();
  const dark = [red, green, blue].map((value) => (value >> 1).toString(16).padStart(2, '0'));
  return `0x${dark.join('')}`;
}
