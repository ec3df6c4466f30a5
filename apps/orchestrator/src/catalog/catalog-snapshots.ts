import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { AppError, catalogChanged } from '@videoapi/contracts';
import { Log } from '@videoapi/chassis';
import { LiveEvents } from '@videoapi/messaging';
import { adapterCatalog } from '@videoapi/providers/catalog';
import { DataSource } from 'typeorm';
import { readCatalog, readEdition } from './catalog.store.js';
import { CatalogSnapshot } from './snapshot.js';

/** A change shows within this time even where the event that announces it was lost. */
const lookEveryMs = 1000;

/** The catalogue in memory, never older than a second while the database can be reached. */
@Injectable()
export class CatalogSnapshots implements OnModuleInit, OnModuleDestroy {
  private snapshot: CatalogSnapshot | undefined;
  private timer: NodeJS.Timeout | undefined;
  private unsubscribe: (() => void) | undefined;
  private isLooking = false;

  constructor(
    private readonly source: DataSource,
    private readonly events: LiveEvents,
    private readonly log: Log,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.refresh();
    this.unsubscribe = this.events.subscribe(catalogChanged.subject, () => void this.look());
    this.timer = setInterval(() => void this.look(), lookEveryMs);
    this.timer.unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
    this.unsubscribe?.();
  }

  /** Undefined as long as no catalogue has ever been applied. */
  get latest(): CatalogSnapshot | undefined {
    return this.snapshot;
  }

  /** Throws `unavailable` as long as no catalogue has ever been applied. */
  current(): CatalogSnapshot {
    if (this.snapshot === undefined) throw new AppError('unavailable', 'No catalogue has been applied yet.');
    return this.snapshot;
  }

  /** Reads it again if another edition is in force. */
  async refresh(): Promise<void> {
    const edition = await readEdition(this.source);
    if (edition === undefined || this.snapshot?.isOf(edition) === true) return;
    const state = await readCatalog(this.source);
    if (state !== undefined) this.snapshot = new CatalogSnapshot(state, adapterCatalog);
  }

  private async look(): Promise<void> {
    if (this.isLooking) return;
    this.isLooking = true;
    try {
      await this.refresh();
    } catch (error) {
      this.log.warn({ event: 'catalog_refresh_failed', err: error }, 'keeping the catalogue we have');
    } finally {
      this.isLooking = false;
    }
  }
}
