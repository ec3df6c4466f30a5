import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { LRUCache } from 'lru-cache';
import { type Ffmpeg } from './ffmpeg.js';
import { filmArguments, filmKey, wrapText, type Film } from './film.js';

export interface FilmFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** Pictures that some providers offer beside the video. */
export const stills = {
  thumbnail: { extension: 'webp', arguments: ['-frames:v', '1', '-vf', 'scale=320:-2', '-c:v', 'libwebp'] },
  spritesheet: {
    extension: 'jpg',
    arguments: ['-frames:v', '1', '-vf', `fps=2,scale=160:-2,tile=5x5`, '-c:v', 'mjpeg'],
  },
  last_frame: { extension: 'png', arguments: ['-update', '1', '-c:v', 'png'] },
} as const satisfies Record<string, { extension: string; arguments: readonly string[] }>;
export type Still = keyof typeof stills;

/**
 * Films by what they are made of: on disk, the least recently used leave first. A film that has left is simply made
 * again, and comes out with the same bytes; so nothing here needs to be kept.
 */
export class Films {
  private readonly known: LRUCache<string, FilmFile>;
  private readonly making = new Map<string, Promise<FilmFile>>();

  constructor(
    private readonly ffmpeg: Ffmpeg,
    private readonly options: { directory: string; maxBytes: number; font: string },
  ) {
    this.known = new LRUCache({
      maxSize: options.maxBytes,
      sizeCalculation: (file) => Math.max(1, file.bytes),
      dispose: (file, _, reason) => {
        if (reason === 'evict') void rm(file.path, { force: true });
      },
    });
  }

  /** Takes over what an earlier process left in the directory. */
  async open(): Promise<void> {
    await mkdir(this.options.directory, { recursive: true, mode: 0o700 });
    for (const entry of await readdir(this.options.directory, { withFileTypes: true })) {
      const path = join(this.options.directory, entry.name);
      if (entry.isDirectory()) await rm(path, { recursive: true, force: true });
      else if (/^[0-9a-f]{40}(\.[a-z_]+)?\.(mp4|webp|jpg|png)$/.test(entry.name)) {
        this.known.set(entry.name, await describeFile(path));
      }
    }
  }

  /** Whether `make` would be taken now: the film is there, on its way, or there is room for one more. */
  takes(film: Film): boolean {
    const name = `${filmKey(film)}.mp4`;
    return this.known.has(name) || this.making.has(name) || this.ffmpeg.hasRoom;
  }

  /** The film's file when no ffmpeg run is needed for it. */
  ready(film: Film): FilmFile | undefined {
    return this.known.get(`${filmKey(film)}.mp4`);
  }

  /** The file is not where it should be (somebody cleaned up): the next `make` renders it again. */
  forget(file: FilmFile): void {
    this.known.delete(basename(file.path));
  }

  make(film: Film): Promise<FilmFile> {
    return this.once(`${filmKey(film)}.mp4`, async (directory, output) => {
      await writeFile(join(directory, 'text.txt'), wrapText(film));
      await this.ffmpeg.run(filmArguments(film, this.options.font, output), directory);
    });
  }

  async makeStill(film: Film, still: Still): Promise<FilmFile> {
    const source = await this.make(film);
    const { extension, arguments: how } = stills[still];
    return this.once(`${filmKey(film)}.${still}.${extension}`, async (directory, output) => {
      // From the last second on every frame overwrites the one before.
      const seek = still === 'last_frame' ? ['-sseof', '-1'] : [];
      const args = ['-nostdin', '-y', '-v', 'error', ...seek, '-i', source.path, '-an', ...how, output];
      await this.ffmpeg.run(args, directory);
    });
  }

  private once(name: string, write: (directory: string, output: string) => Promise<void>): Promise<FilmFile> {
    const known = this.known.get(name);
    if (known !== undefined) return Promise.resolve(known);
    const begun = this.making.get(name);
    if (begun !== undefined) return begun;
    const made = this.produce(name, write).finally(() => this.making.delete(name));
    this.making.set(name, made);
    return made;
  }

  /** In a directory of its own, then renamed: a reader never meets half a file. */
  private async produce(name: string, write: (directory: string, output: string) => Promise<void>): Promise<FilmFile> {
    const directory = await mkdtemp(join(this.options.directory, 'making-'));
    try {
      await write(directory, name);
      const path = join(this.options.directory, name);
      await rename(join(directory, name), path);
      const file = await describeFile(path);
      this.known.set(name, file);
      return file;
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }
}

async function describeFile(path: string): Promise<FilmFile> {
  const { size } = await stat(path);
  const sha256 = createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
  return { path, bytes: size, sha256 };
}
