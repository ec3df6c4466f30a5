import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '@videoapi/contracts';
import { CommitUnknownError } from './errors.js';

export interface BatcherOptions<Item, Result> {
  /** Appears in error messages. */
  readonly name: string;
  /** The most items of one batch. */
  readonly maxItems: number;
  /** How many batches may be in flight at once. */
  readonly workers: number;
  /** How many items may wait; one more is refused. */
  readonly maxQueued: number;
  /**
   * Applies the items in one transaction and resolves after its commit with one result per item, in order. It may see
   * the same items again after it failed, alone or in smaller groups: every item must be idempotent by an id of its own.
   */
  readonly flush: (items: readonly Item[]) => Promise<readonly Result[]>;
  /** How long an item may take before its outcome is given up on. Default 5,000. */
  readonly deadlineMs?: number;
  /**
   * Items with the same number are always handled by the same worker, so that workers rarely wait for each other's
   * locks. Any integer. Without it each worker takes whatever is oldest.
   */
  readonly partition?: (item: Item) => number;
  /** Milliseconds that never go back, and a way to let some pass. Default: the process's own. */
  readonly clock?: { now(): number; sleep(ms: number): Promise<unknown> };
}

/**
 * Many small requests, one transaction: what arrives while a batch is being written is the next batch. No timer lingers,
 * so an idle system answers a single item in one flush. Each `submit` settles exactly once.
 *
 * A failed batch is repeated once whole and then halved until the item at fault stands alone; only that one is refused.
 * When COMMIT was lost, the same batch is repeated until it succeeds or its deadline passes: never "failed".
 */
export class Batcher<Item, Result> {
  private readonly lanes: Lane<Item, Result>[];
  private readonly deadlineMs: number;
  private readonly clock: NonNullable<BatcherOptions<Item, Result>['clock']>;
  /**
   * A worker serves whoever comes while it runs. Started within one caller's context it would carry that caller's deadline
   * and trace for as long as it is kept busy, and fail everybody else's calls once that deadline has passed.
   */
  private readonly outsideCallers = AsyncLocalStorage.snapshot();
  private queued = 0;
  private isClosed = false;
  private whenIdle: (() => void)[] = [];

  constructor(private readonly options: BatcherOptions<Item, Result>) {
    this.deadlineMs = options.deadlineMs ?? 5_000;
    this.clock = options.clock ?? { now: () => performance.now(), sleep };
    const spread = options.partition !== undefined;
    this.lanes = Array.from({ length: spread ? options.workers : 1 }, () => ({
      queue: [],
      isStarting: false,
      running: 0,
      workers: spread ? 1 : options.workers,
    }));
  }

  /** How many items wait for a worker. */
  get depth(): number {
    return this.queued;
  }

  /**
   * Resolves with the item's result after the commit. Throws `overloaded` when the queue is full or the item waited past
   * its deadline (not applied), CommitUnknownError when the outcome could not be learned, else the error of the flush.
   */
  submit(item: Item): Promise<Result> {
    if (this.isClosed) return Promise.reject(new AppError('unavailable', `${this.options.name} is shutting down`));
    if (this.queued >= this.options.maxQueued) return Promise.reject(this.overloaded('is full'));
    return new Promise((resolve, reject) => {
      const lane = this.laneOf(item);
      lane.queue.push({ item, deadline: this.clock.now() + this.deadlineMs, resolve, reject });
      this.queued += 1;
      this.wake(lane);
    });
  }

  /** Refuses new items and resolves when every accepted one has settled. */
  async close(): Promise<void> {
    this.isClosed = true;
    if (this.isIdle()) return;
    await new Promise<void>((resolve) => this.whenIdle.push(resolve));
  }

  private laneOf(item: Item): Lane<Item, Result> {
    const { partition } = this.options;
    const lane = this.lanes[partition === undefined ? 0 : Math.abs(partition(item)) % this.lanes.length];
    if (lane === undefined) throw new RangeError(`${this.options.name}: partition must give an integer`);
    return lane;
  }

  /** Starts a worker after the present I/O events, so that requests read in one go share one batch. */
  private wake(lane: Lane<Item, Result>): void {
    if (lane.isStarting || lane.running >= lane.workers) return;
    lane.isStarting = true;
    setImmediate(() => {
      lane.isStarting = false;
      void this.outsideCallers(() => this.work(lane));
    });
  }

  private async work(lane: Lane<Item, Result>): Promise<void> {
    lane.running += 1;
    while (lane.queue.length > 0) {
      const batch = this.cut(lane);
      // More than one batch waits: the next worker need not wait for this one.
      if (lane.queue.length > 0) this.wake(lane);
      if (batch.length > 0) await this.apply(batch);
    }
    lane.running -= 1;
    if (this.isIdle()) for (const resolve of this.whenIdle.splice(0)) resolve();
  }

  /** The oldest items, without those whose time has run out: they are told before anything is done for them. */
  private cut(lane: Lane<Item, Result>): Pending<Item, Result>[] {
    const now = this.clock.now();
    const batch: Pending<Item, Result>[] = [];
    let taken = 0;
    for (const pending of lane.queue) {
      if (batch.length === this.options.maxItems) break;
      taken += 1;
      if (pending.deadline > now) batch.push(pending);
      else pending.reject(this.overloaded('did not get to it in time'));
    }
    lane.queue.splice(0, taken);
    this.queued -= taken;
    return batch;
  }

  private async apply(batch: readonly Pending<Item, Result>[]): Promise<void> {
    const first = await this.attempt(batch);
    if (first.isDone) return;
    const second = this.isOver(batch) ? first : await this.attempt(batch, first.unknown);
    if (!second.isDone) await this.divide(batch, second);
  }

  /** Halves a batch that failed until what fails is one item, and refuses that one. */
  private async divide(batch: readonly Pending<Item, Result>[], failure: Failure): Promise<void> {
    // Nobody's fault in particular: the halves would find the same closed door.
    const isEverybodys = failure.error instanceof AppError && failure.error.code === 'unavailable';
    if (batch.length === 1 || this.isOver(batch) || isEverybodys) {
      for (const pending of batch) pending.reject(failure.unknown ?? failure.error);
      return;
    }
    const middle = Math.ceil(batch.length / 2);
    for (const half of [batch.slice(0, middle), batch.slice(middle)]) {
      const outcome = await this.attempt(half, failure.unknown);
      if (!outcome.isDone) await this.divide(half, outcome);
    }
  }

  /** One flush. A lost COMMIT is repeated here, with pauses, until the batch's last deadline. */
  private async attempt(batch: readonly Pending<Item, Result>[], unknown?: CommitUnknownError): Promise<Outcome> {
    const deadline = Math.max(...batch.map((pending) => pending.deadline));
    for (let pauseMs = 20; ; pauseMs = Math.min(pauseMs * 2, 500)) {
      try {
        this.settle(batch, await this.options.flush(batch.map((pending) => pending.item)));
        return { isDone: true };
      } catch (error) {
        if (error instanceof CommitUnknownError) unknown = error;
        // Once one outcome is unknown, a database that is away or busy does not make it known.
        const isWorthRepeating = unknown !== undefined && error instanceof AppError && error.retryable;
        if (!isWorthRepeating || this.clock.now() + pauseMs >= deadline) return { isDone: false, error, unknown };
        await this.clock.sleep(pauseMs);
      }
    }
  }

  private settle(batch: readonly Pending<Item, Result>[], results: readonly Result[]): void {
    if (results.length !== batch.length) {
      const wrong = new AppError(
        'internal_error',
        `${this.options.name}: ${results.length} results, ${batch.length} items`,
      );
      for (const pending of batch) pending.reject(wrong); // committed: repeating it would not help
      return;
    }
    results.forEach((result, index) => batch[index]?.resolve(result));
  }

  private isOver(batch: readonly Pending<Item, Result>[]): boolean {
    return batch.every((pending) => pending.deadline <= this.clock.now());
  }

  private isIdle(): boolean {
    return this.queued === 0 && this.lanes.every((lane) => lane.running === 0 && !lane.isStarting);
  }

  private overloaded(reason: string): AppError {
    return new AppError('overloaded', `${this.options.name} ${reason}`, { retryAfterMs: 1_000 });
  }
}

interface Pending<Item, Result> {
  readonly item: Item;
  readonly deadline: number;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

interface Lane<Item, Result> {
  readonly queue: Pending<Item, Result>[];
  readonly workers: number;
  running: number;
  isStarting: boolean;
}

interface Failure {
  readonly isDone: false;
  readonly error: unknown;
  /** Set once a COMMIT was lost: then no later error proves that nothing happened. */
  readonly unknown: CommitUnknownError | undefined;
}

type Outcome = { readonly isDone: true } | Failure;
