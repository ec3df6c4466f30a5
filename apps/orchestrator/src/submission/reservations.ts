import { Injectable } from '@nestjs/common';
import { Log } from '@videoapi/chassis';
import { AppError, type HoldVerdict, placeHold, type Quote } from '@videoapi/contracts';
import { inTransaction, insertOutbox } from '@videoapi/database';
import { RpcClient } from '@videoapi/messaging';
import { DataSource } from 'typeorm';
import { AfterCommit } from '../engine/after-commit.js';
import { type Beginning, Engine } from '../engine/engine.js';
import { releaseMessage } from '../engine/messages.js';
import { type TaskIdentity } from '../task/task.js';
import { claimReservations, claimSize, takeReservations } from './reservation.store.js';
import { readRecords } from './submission.store.js';
import { ownOf, refusalOf, type Reservation, unanswered } from './verdict.js';

const holdTimeoutMs = 4_000;
/** Billing takes this many in one call. */
const mostHolds = 512;

/** Makes tasks of reservations: queued, with their hold; or takes them away without a trace. */
@Injectable()
export class Reservations {
  constructor(
    private readonly source: DataSource,
    private readonly engine: Engine,
    private readonly rpc: RpcClient,
    private readonly afterCommit: AfterCommit,
    private readonly log: Log,
  ) {}

  /** The timer's way: the same holds again, under the same ids. @returns whether more may be due. */
  async retryDue(): Promise<boolean> {
    const due = await claimReservations(this.source);
    for (let start = 0; start < due.length; start += mostHolds) {
      const part = due.slice(start, start + mostHolds);
      const reservations = await this.reserve(part);
      const stuck = part.filter((task) => isStuck(task, reservations.get(task.id)));
      if (stuck.length > 0) await this.abandon(stuck);
    }
    return due.length === claimSize;
  }

  /**
   * Places all holds with one question and applies the verdicts in one transaction. Where the answer is lost, the
   * reservations stay for the timer.
   */
  async reserve(tasks: readonly TaskIdentity[]): Promise<Map<string, Reservation>> {
    const live = tasks.filter((task) => task.mode === 'live');
    const verdicts = await this.verdicts(live);
    const results = new Map<string, Reservation>();
    const placed: [TaskIdentity, Quote | null][] = [];
    const refused = new Map<string, AppError>();
    for (const task of tasks) {
      const verdict = verdicts instanceof AppError ? undefined : verdicts.get(task.id);
      if (task.mode === 'test') placed.push([task, null]);
      else if (verdicts instanceof AppError) results.set(task.id, verdicts);
      else if (verdict === undefined) results.set(task.id, unanswered());
      else if (verdict.verdict === 'placed') placed.push([task, verdict.quote]);
      else refused.set(task.id, refusalOf(verdict));
    }
    if (placed.length + refused.size > 0) await this.apply(placed, refused, results);
    return results;
  }

  private async verdicts(tasks: readonly TaskIdentity[]): Promise<Map<string, HoldVerdict> | AppError> {
    if (tasks.length === 0) return new Map();
    const holds = tasks.map(({ id, accountId, model, priceParams, maxCredits }) => ({
      taskId: id,
      accountId,
      model,
      params: priceParams,
      ...(maxCredits !== null && { maxCredits }),
    }));
    try {
      const { verdicts } = await this.rpc.call(placeHold, { holds }, { timeoutMs: holdTimeoutMs });
      return new Map(verdicts.map((verdict) => [verdict.taskId, verdict]));
    } catch (cause) {
      this.log.warn({ event: 'place_hold_unanswered', tasks: holds.length, err: cause });
      return unanswered(cause);
    }
  }

  private async apply(
    placed: readonly [TaskIdentity, Quote | null][],
    refused: ReadonlyMap<string, AppError>,
    results: Map<string, Reservation>,
  ): Promise<void> {
    const step = await inTransaction(this.source, async (tx) => {
      const { taken, now } = await takeReservations(tx, [...placed.map(([task]) => task.id), ...refused.keys()]);
      for (const [taskId, error] of refused) results.set(taskId, taken.has(taskId) ? error : unanswered());
      const others = placed.map(([task]) => task).filter((task) => !taken.has(task.id));
      const records = await readRecords(
        tx,
        others.map((task) => task.id),
      );
      for (const { id, accountId } of others) results.set(id, ownOf(records.get(id), accountId));
      // Another caller's refusal took the reservation between our insert and our hold: nobody else knows of that hold.
      const orphans = others.filter((task) => !records.has(task.id));
      await insertOutbox(
        tx,
        orphans.map((task) => releaseMessage(task.id, task.accountId, 'no task', now)),
      );
      const beginnings = placed
        .filter(([task]) => taken.has(task.id))
        .map(([task, quote]): Beginning => ({ task, observation: { kind: 'hold_placed', quote } }));
      return this.engine.begin(tx, beginnings, now);
    });
    for (const { taskId, task } of step.applied) results.set(taskId, task ?? unanswered());
    this.afterCommit.follow(step);
  }

  private async abandon(tasks: readonly TaskIdentity[]): Promise<void> {
    const step = await inTransaction(this.source, async (tx) => {
      const { taken, now } = await takeReservations(
        tx,
        tasks.map((task) => task.id),
      );
      const beginnings = tasks
        .filter((task) => taken.has(task.id))
        .map((task): Beginning => ({ task, observation: { kind: 'reservation_abandoned' } }));
      return this.engine.begin(tx, beginnings, now);
    });
    this.afterCommit.follow(step);
  }
}

/** No answer from billing for as long as the task would have been allowed to wait. */
function isStuck(task: TaskIdentity, reservation: Reservation | undefined): boolean {
  const isUnanswered = reservation instanceof AppError && reservation.code === 'unavailable';
  return isUnanswered && Date.now() > task.createdAt.getTime() + task.timing.queue * 1000;
}
