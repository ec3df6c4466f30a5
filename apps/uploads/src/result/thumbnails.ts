import { createHash } from 'node:crypto';
import { type Log } from '@videoapi/chassis';
import { type DataSource } from 'typeorm';
import { findThumbnail, rememberThumbnail } from '../db/media.store.js';
import { thumbnailKey } from '../storage/keys.js';
import { type Storage } from '../storage/storage.js';
import { type Collected } from './collect.js';
import { drawFrame } from './draw.js';
import { type VideoFacts } from './inspect.js';
import { Slots } from './slots.js';

export interface ThumbnailOptions {
  /** ffmpeg processes at once. */
  readonly atOnce: number;
  /** Videos that may wait for one. Past that a result goes without: its picture is not worth its delay. */
  readonly maxWaiting: number;
}

/** How long what was found out about some bytes is believed: deletions elsewhere must show within that time. */
const believeMs = 60_000;
const maxRemembered = 2_000;

/** One WebP frame per content: equal bytes are drawn once, whatever task they came from. */
export class Thumbnails {
  readonly #slots: Slots;
  /** Also joins those who want the same picture at the same time. */
  readonly #recent = new Map<string, { until: number; key: Promise<string | null> }>();

  constructor(
    private readonly source: DataSource,
    private readonly storage: Storage,
    private readonly log: Log,
    private readonly options: ThumbnailOptions,
  ) {
    this.#slots = new Slots(options.atOnce);
  }

  /** The object key of the picture, or `null`: a result without one is still a result. Never throws. */
  of(file: Collected, facts: VideoFacts): Promise<string | null> {
    const known = this.#recent.get(file.sha256);
    if (known !== undefined && known.until > performance.now()) return known.key;
    const key = this.#findOrDraw(file, facts).catch((error: unknown) => {
      this.#recent.delete(file.sha256);
      this.log.warn({ event: 'thumbnail_skipped', sha256: file.sha256, err: error });
      return null;
    });
    this.#remember(file.sha256, key);
    return key;
  }

  async #findOrDraw(file: Collected, facts: VideoFacts): Promise<string | null> {
    const known = await findThumbnail(this.source, file.sha256);
    if (known !== undefined) return known;
    if (this.#slots.waiting >= this.options.maxWaiting) throw new Error('too many videos wait for a picture');
    return this.#slots.run(async () => {
      const { durationMs, format } = facts;
      const picture = await drawFrame(file.content, { extension: format.extension, durationMs });
      const key = picture === null ? null : thumbnailKey(file.sha256);
      if (picture !== null && key !== null) await this.#put(key, picture);
      await rememberThumbnail(this.source, file.sha256, key);
      return key;
    });
  }

  async #put(key: string, picture: Buffer): Promise<void> {
    const sha256 = createHash('sha256').update(picture).digest('hex');
    await this.storage.create({ key, body: picture, size: picture.length, contentType: 'image/webp', sha256 });
  }

  #remember(sha256: string, key: Promise<string | null>): void {
    this.#recent.delete(sha256);
    this.#recent.set(sha256, { until: performance.now() + believeMs, key });
    const [oldest] = this.#recent.keys();
    if (this.#recent.size > maxRemembered && oldest !== undefined) this.#recent.delete(oldest);
  }
}
