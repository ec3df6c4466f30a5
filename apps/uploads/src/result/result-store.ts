import { type JobData, type storeResultJob, type TaskOutput } from '@videoapi/contracts';
import { type ResultRow } from '../db/media.store.js';
import { extensionOf } from '../format/format.js';
import { mediaPath, signLink, thumbnailId } from '../media/link.js';
import { resultKey } from '../storage/keys.js';
import { type Storage } from '../storage/storage.js';
import { bodyOf, type Collected } from './collect.js';
import { type ResultFetch } from './fetch.js';
import { inspect } from './inspect.js';
import { type Thumbnails } from './thumbnails.js';

export type StoreOrder = JobData<typeof storeResultJob>;

/** Puts one output of an attempt into the bucket and says what it is. Everything it makes is named after the attempt. */
export class ResultStore {
  constructor(
    private readonly fetch: ResultFetch,
    private readonly storage: Storage,
    private readonly thumbnails: Thumbnails,
    private readonly linkKey: string,
  ) {}

  /** @throws StoreFailure when the result cannot be kept; AppError `unavailable` when the bucket or database is not there. */
  async store(order: StoreOrder, index: number): Promise<ResultRow> {
    const source = order.outputs[index];
    if (source === undefined) throw new RangeError(`There is no output ${index}`);
    const file = await this.fetch.read(order.attemptId, source);
    try {
      return await this.#keep(order, index, file);
    } finally {
      await file.dispose();
    }
  }

  async #keep(order: StoreOrder, index: number, file: Collected): Promise<ResultRow> {
    const facts = await inspect(file);
    const key = resultKey(order, index, facts.format.extension);
    const { contentType } = facts.format;
    const { size, sha256 } = file;
    const [thumbnailKey, created] = await Promise.all([
      this.thumbnails.of(file, facts),
      this.storage.create({ key, body: bodyOf(file.content), size, contentType, sha256 }),
    ]);
    // An earlier delivery of this job was here. What is stored stays; if the provider now sends other bytes, the row
    // must still describe those that are kept.
    if (!created && (await this.storage.head(key))?.sha256 !== sha256) return this.#describeKept(order, index, key);
    const { accountId, taskId, attemptId } = order;
    const id = resultId(attemptId, index);
    return {
      id,
      account_id: accountId,
      key,
      signature: signLink(this.linkKey, id, accountId),
      content_type: contentType,
      size,
      task_id: taskId,
      attempt_id: attemptId,
      output_index: index,
      sha256,
      width: facts.width,
      height: facts.height,
      duration_ms: facts.durationMs,
      thumbnail_key: thumbnailKey,
      thumbnail_signature: thumbnailKey === null ? null : signLink(this.linkKey, thumbnailId(id), accountId),
    };
  }

  async #describeKept(order: StoreOrder, index: number, key: string): Promise<ResultRow> {
    const kept = await this.fetch.readObject(key);
    try {
      return await this.#keep(order, index, kept);
    } finally {
      await kept.dispose();
    }
  }
}

/** The same for every repeat, so that a link never depends on which delivery of a job came through. */
function resultId(attemptId: string, index: number): string {
  return `med_${attemptId.replaceAll('-', '')}${index}`;
}

export function taskOutputOf(row: ResultRow): TaskOutput {
  const { id, signature, thumbnail_signature: thumbnail } = row;
  return {
    mediaId: id,
    path: mediaPath({ id, signature }, extensionOf(row.content_type)),
    contentType: row.content_type,
    size: row.size,
    width: row.width,
    height: row.height,
    durationMs: row.duration_ms,
    thumbnailPath: thumbnail === null ? null : mediaPath({ id: thumbnailId(id), signature: thumbnail }, 'webp'),
  };
}
