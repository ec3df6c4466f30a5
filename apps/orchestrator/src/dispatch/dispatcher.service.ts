import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { inTransaction } from '@videoapi/database';
import { OutboxRelay } from '@videoapi/messaging';
import { DataSource } from 'typeorm';
import { CatalogSnapshots } from '../catalog/catalog-snapshots.js';
import { Engine } from '../engine/engine.js';
import { ChannelNews } from './channel-news.js';
import { dispatchChannel, type DispatchResult } from './dispatch-channel.js';
import { auditSlots, reviveFlows } from './upkeep.js';

/** Finds what a wake-up missed: a refilled rate, a breaker whose time has come, another replica's task. */
const tickMs = 250;
const reviveEveryMs = 5_000;
const auditEveryMs = 60_000;
/** Another replica's round is over by then: it may have looked before our task was there. */
const busyPauseMs = 10;
/** Then it is left to the tick. */
const mostBusyPauses = 5;

/** Starts queued tasks on channels: at once when woken, otherwise at the tick. One round at a time for each channel. */
@Injectable()
export class Dispatcher implements OnModuleInit, OnModuleDestroy {
  /** Channels being served, and whether somebody called meanwhile. */
  private readonly running = new Map<string, { isWoken: boolean; done: Promise<void> }>();
  /** Until when a channel can start nothing, as far as its last round knew. Milliseconds of this process's own clock. */
  private readonly closedUntil = new Map<string, number>();
  private readonly timers: NodeJS.Timeout[] = [];
  private isStopped = false;

  constructor(
    private readonly source: DataSource,
    private readonly snapshots: CatalogSnapshots,
    private readonly engine: Engine,
    private readonly relay: OutboxRelay,
    private readonly news: ChannelNews,
  ) {}

  onModuleInit(): void {
    this.every(tickMs, () => this.tick());
    this.every(reviveEveryMs, () => this.revive());
    this.every(auditEveryMs, () => this.audit());
  }

  async onModuleDestroy(): Promise<void> {
    this.isStopped = true;
    for (const timer of this.timers) clearInterval(timer);
    await Promise.all([...this.running.values()].map((entry) => entry.done));
  }

  /**
   * After a commit that queued tasks. A channel that is full, or may not be called yet, has nothing for them: whoever gives a
   * slot back wakes it, and the tick finds what has changed elsewhere.
   */
  offer(channelIds: ReadonlySet<string>): void {
    const now = performance.now();
    this.wake([...channelIds].filter((channelId) => (this.closedUntil.get(channelId) ?? 0) <= now));
  }

  /** After a commit that gave slots back or reported on channels. Returns at once. */
  wake(channelIds: Iterable<string>): void {
    for (const channelId of new Set(channelIds)) {
      const entry = this.running.get(channelId);
      if (entry !== undefined) entry.isWoken = true;
      else if (!this.isStopped) this.serve(channelId);
    }
  }

  private serve(channelId: string): void {
    const entry = { isWoken: false, done: Promise.resolve() };
    this.running.set(channelId, entry);
    entry.done = this.serveUntilQuiet(channelId, entry).finally(() => this.running.delete(channelId));
  }

  private async serveUntilQuiet(channelId: string, entry: { isWoken: boolean }): Promise<void> {
    let isMore = true;
    let pauses = 0;
    while (isMore && !this.isStopped) {
      entry.isWoken = false;
      const result = await this.serveOnce(channelId);
      this.closedUntil.set(channelId, performance.now() + result.closedForMs);
      const isWorthWaiting = result.isBusy && pauses < mostBusyPauses;
      if (isWorthWaiting) {
        pauses += 1;
        await sleep(busyPauseMs);
      }
      isMore = result.isMore || isWorthWaiting || entry.isWoken;
    }
  }

  private async serveOnce(channelId: string): Promise<DispatchResult> {
    try {
      const result = await inTransaction(this.source, (tx) =>
        dispatchChannel(tx, channelId, {
          snapshot: this.snapshots.current(),
          apply: (inTx, items) => this.engine.applyObservations(inTx, items),
          newId: randomUUID,
          random: Math.random,
        }),
      );
      if (result.started > 0) this.relay.nudge();
      this.news.dispatched(channelId, result);
      return result;
    } catch (error) {
      this.news.failed(error, channelId);
      return { isBusy: false, closedForMs: 0, started: 0, isMore: false, notes: [] };
    }
  }

  private tick(): Promise<void> {
    this.wake(this.snapshots.latest?.channelIds ?? []);
    return Promise.resolve();
  }

  private async revive(): Promise<void> {
    const snapshot = this.snapshots.latest;
    if (snapshot !== undefined) await inTransaction(this.source, (tx) => reviveFlows(tx, snapshot));
  }

  /** Recounts the slots of every channel. */
  async audit(): Promise<void> {
    for (const channelId of this.snapshots.latest?.channelIds ?? []) {
      const repair = await inTransaction(this.source, (tx) => auditSlots(tx, channelId));
      if (repair !== undefined) this.news.repaired(repair);
    }
  }

  private every(intervalMs: number, work: () => Promise<void>): void {
    let isBusy = false;
    const run = async () => {
      if (isBusy) return;
      isBusy = true;
      try {
        await work();
      } catch (error) {
        this.news.failed(error);
      } finally {
        isBusy = false;
      }
    };
    this.timers.push(setInterval(() => void run(), intervalMs).unref());
  }
}
