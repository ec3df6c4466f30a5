import { inTransaction } from '@videoapi/database';
import { type DataSource } from 'typeorm';
import { claimUnfinished, markDeleting, type MediaRow, removeRows } from '../db/media.store.js';
import { type Storage } from '../storage/storage.js';

/** Long enough for the largest presigned upload; an object that nobody has used by then is nobody's. */
const unfinishedHours = 24;
const sweepLimit = 500;

/** Takes media away: links first, then the object, then the row, so that a crash anywhere leaves something to sweep. */
export class MediaRemoval {
  constructor(
    private readonly source: DataSource,
    private readonly storage: Storage,
  ) {}

  /** Only the account's own. Returns how many there were. */
  async remove(accountId: string, mediaIds: readonly string[]): Promise<number> {
    if (mediaIds.length === 0) return 0;
    return this.#erase(await markDeleting(this.source, accountId, mediaIds));
  }

  /** Ends what was begun and never finished. Returns how many rows went. */
  async sweep(): Promise<number> {
    return this.#erase(await claimUnfinished(this.source, unfinishedHours, sweepLimit));
  }

  async #erase(rows: readonly MediaRow[]): Promise<number> {
    if (rows.length === 0) return 0;
    await this.storage.delete(rows.map((row) => row.key));
    const ids = rows.map((row) => row.id);
    await this.storage.delete(await inTransaction(this.source, (tx) => removeRows(tx, ids)));
    return rows.length;
  }
}
