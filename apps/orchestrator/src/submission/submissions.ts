import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { AppError, assetBudget, resolveAssets, type Task, type TaskSubmission } from '@videoapi/contracts';
import { Batcher } from '@videoapi/database';
import { OutboxRelay, RpcClient } from '@videoapi/messaging';
import { DataSource } from 'typeorm';
import { CatalogSnapshots } from '../catalog/catalog-snapshots.js';
import { type TaskIdentity, type TaskRecord } from '../task/task.js';
import { toTask } from '../task/view.js';
import { type Admission, admit } from './admit.js';
import { OpenTasks } from './open-tasks.js';
import { assetsOf, prepare, type Prepared } from './prepare.js';
import { insertReservations, readReservations } from './reservation.store.js';
import { Reservations } from './reservations.js';
import { findExisting, readRecords } from './submission.store.js';
import { ownOf, type Reservation, takenId, unanswered } from './verdict.js';

/** What was decided so long ago has not even left the database: taking more in would only bury it deeper. */
const intakeClosesAtMs = 300_000;

/** From a submission to a queued task, many at once: two transactions and one question to billing for a whole batch. */
@Injectable()
export class Submissions implements OnApplicationShutdown {
  private readonly batcher: Batcher<Prepared, Reservation>;
  private readonly open: OpenTasks;

  constructor(
    private readonly source: DataSource,
    private readonly snapshots: CatalogSnapshots,
    private readonly rpc: RpcClient,
    private readonly reservations: Reservations,
    private readonly relay: OutboxRelay,
  ) {
    this.open = new OpenTasks(source);
    this.batcher = new Batcher({
      name: 'submissions',
      maxItems: 256,
      // One worker: a second one halves the batches, and the fixed cost of a batch is most of its price. One batch after
      // the other also counts limits right.
      workers: 1,
      maxQueued: 8_192,
      deadlineMs: 8_000,
      flush: (batch) => this.flush(batch),
    });
  }

  /**
   * Resolves once the task is queued and paid for. The id is the caller's: the same one again gets the same task.
   * @throws AppError with nothing reserved; `unavailable` when that is not certain: ask again with the same id.
   */
  async create(submission: TaskSubmission): Promise<Task> {
    if (this.relay.oldestAgeMs > intakeClosesAtMs) throw closed();
    const prepared = await this.prepared(submission);
    const reservation = 'state' in prepared ? prepared : await this.reserved(prepared);
    if (reservation instanceof AppError) throw reservation;
    return toTask(reservation, new Date());
  }

  /** The transports have finished what they had in hand by now. */
  async onApplicationShutdown(): Promise<void> {
    await this.batcher.close();
  }

  /** Refusals come before anything is written; but a task that is already there stays what it is. */
  private async prepared(submission: TaskSubmission): Promise<Prepared | TaskRecord> {
    try {
      const prepared = prepare(submission, this.snapshots.current());
      await this.checkAssets(submission);
      return prepared;
    } catch (error) {
      const { taskId, accountId } = submission;
      const isOwn = (each: TaskIdentity): boolean => each.accountId === accountId;
      // Its hold may still be placed: until that is decided, nobody may be told that it cannot start. A reservation becomes
      // a task and never the other way round: looked for in this order, it is not missed.
      if ((await readReservations(this.source, [taskId])).some(isOwn)) throw unanswered();
      const record = (await readRecords(this.source, [taskId])).get(taskId);
      if (record === undefined || !isOwn(record)) throw error;
      return record;
    }
  }

  /** A database that went away in the middle may have kept the submission, and then it goes on by itself. */
  private async reserved(prepared: Prepared): Promise<Reservation> {
    try {
      return await this.batcher.submit(prepared);
    } catch (error) {
      throw error instanceof AppError && error.code === 'unavailable' ? unanswered(error) : error;
    }
  }

  private async checkAssets({ accountId, request }: TaskSubmission): Promise<void> {
    const wanted = assetsOf(request);
    if (wanted.length === 0) return;
    const { assets } = await this.rpc.call(
      resolveAssets,
      { accountId, assets: wanted.map(({ source, kind }) => ({ source, kind })) },
      { timeoutMs: assetBudget.resolveMs },
    );
    assets.forEach((asset, index) => {
      if (asset.outcome === 'ok') return;
      const param = wanted[index]?.param;
      throw new AppError(asset.code, asset.message, param === undefined ? {} : { param });
    });
  }

  private async flush(batch: readonly Prepared[]): Promise<Reservation[]> {
    const distinct = [...new Map(batch.map((entry) => [entry.task.id, entry])).values()];
    const admission = await this.admitted(distinct);
    // Before the insert, whose outcome may stay unknown: what is counted twice is put right by the next count.
    for (const { task } of admission.fresh) this.open.admitted(task);
    const made = await insertReservations(this.source, admission.fresh);
    // Repeats, and what somebody else has inserted in this moment: the same hold id answers them all.
    const waiting = [...admission.fresh.filter((entry) => !made.has(entry.task.id)), ...admission.reserving];
    const { own, foreign } = await this.waitingFor(waiting);
    const reserved = await this.reservations.reserve([...made.values(), ...own]);
    for (const { id } of foreign) reserved.set(id, takenId());
    const past = distinct.filter(({ task }) => !admission.refused.has(task.id) && !reserved.has(task.id));
    for (const [id, reservation] of await this.asTheyStand(past)) reserved.set(id, reservation);
    return batch.map((entry) => admission.refused.get(entry.task.id) ?? reserved.get(entry.task.id) ?? unanswered());
  }

  /** Where there is room for all, nobody needs to know beforehand who is a repeat: inserting tells. */
  private async admitted(entries: readonly Prepared[]): Promise<Admission> {
    const now = performance.now();
    const admission = admit(entries, [], await this.open.believed(entries, now));
    if (admission.refused.size === 0) return admission;
    // What was believed may have ended since: only a count refuses.
    const ids = entries.map((entry) => entry.task.id);
    const [existing, open] = await Promise.all([findExisting(this.source, ids), this.open.counted(entries, now)]);
    return admit(entries, existing, open);
  }

  /** Reservations that were there before, of the same account and of others. */
  private async waitingFor(entries: readonly Prepared[]): Promise<Record<'own' | 'foreign', readonly TaskIdentity[]>> {
    const owners = new Map(entries.map(({ task }) => [task.id, task.accountId]));
    const found = await readReservations(this.source, [...owners.keys()]);
    const isOwn = (task: TaskIdentity): boolean => owners.get(task.id) === task.accountId;
    return { own: found.filter(isOwn), foreign: found.filter((task) => !isOwn(task)) };
  }

  /** What is past its reservation, or somebody else's. */
  private async asTheyStand(entries: readonly Prepared[]): Promise<(readonly [string, Reservation])[]> {
    const records = await readRecords(
      this.source,
      entries.map((entry) => entry.task.id),
    );
    return entries.map(({ task }) => [task.id, ownOf(records.get(task.id), task.accountId)] as const);
  }
}

function closed(): AppError {
  return new AppError('overloaded', 'No new tasks are taken at the moment.', { retryAfterMs: 30_000 });
}
