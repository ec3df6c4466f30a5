import { Injectable } from '@nestjs/common';
import { Log } from '@videoapi/chassis';
import { AppError, type HoldVerdict, placeHold } from '@videoapi/contracts';
import { inTransaction, insertOutbox } from '@videoapi/database';
import { RpcClient } from '@videoapi/messaging';
import { DataSource } from 'typeorm';
import { AfterCommit } from '../engine/after-commit.js';
import { type Observed } from '../engine/applied.js';
import { Engine, type Step } from '../engine/engine.js';
import { releaseMessage } from '../engine/messages.js';
import { type TaskIdentity, type TaskRecord } from '../task/task.js';
import { deleteRefused, readReserving } from './submission.store.js';

/** Of a task that is `reserving`: what its hold is made of. */
export type Reserving = Pick<TaskIdentity, 'id' | 'accountId' | 'mode' | 'model' | 'priceParams' | 'maxCredits'>;

/** The task as it stands, or why there is none. */
export type Reservation = TaskRecord | AppError;

const holdTimeoutMs = 4_000;
/** Billing takes this many in one call. */
const mostHolds = 512;

/** Takes tasks out of `reserving`: on to `queued` with their hold, or away without a trace. */
@Injectable()
export class Reservations {
  constructor(
    private readonly source: DataSource,
    private readonly engine: Engine,
    private readonly rpc: RpcClient,
    private readonly afterCommit: AfterCommit,
    private readonly log: Log,
  ) {}

  /** The timer's way: the same holds again, under the same ids. @returns the tasks that were still `reserving`. */
  async retry(taskIds: readonly string[]): Promise<Set<string>> {
    const tasks = await readReserving(this.source, taskIds);
    for (let start = 0; start < tasks.length; start += mostHolds) {
      const part = tasks.slice(start, start + mostHolds);
      const reservations = await this.reserve(part, []);
      await this.abandon(part.filter((task) => isStuck(task, reservations.get(task.id))));
    }
    return new Set(tasks.map((task) => task.id));
  }

  /**
   * Places all holds with one question and applies the verdicts in one transaction. `others` are tasks that are past this
   * point: they come back as they stand. Where the answer is lost, everything stays `reserving` for the timer.
   */
  async reserve(tasks: readonly Reserving[], others: readonly string[]): Promise<Map<string, Reservation>> {
    const verdicts = await this.verdicts(tasks.filter((task) => task.mode === 'live'));
    if (verdicts instanceof AppError && others.length === 0) return new Map(tasks.map((task) => [task.id, verdicts]));
    const results = new Map<string, Reservation>();
    const placed: Observed[] = others.map((taskId) => ({ taskId, observation: { kind: 'hold_placed', quote: null } }));
    const refused = new Map<string, AppError>();
    for (const task of tasks) {
      if (task.mode === 'test') {
        placed.push({ taskId: task.id, observation: { kind: 'hold_placed', quote: null } });
        continue;
      }
      const verdict = verdicts instanceof AppError ? undefined : verdicts.get(task.id);
      if (verdict === undefined) results.set(task.id, verdicts instanceof AppError ? verdicts : unanswered());
      else if (verdict.verdict === 'placed')
        placed.push({ taskId: task.id, observation: { kind: 'hold_placed', quote: verdict.quote } });
      else refused.set(task.id, refusalOf(verdict));
    }
    await this.apply({ placed, refused, accounts: new Map(tasks.map((task) => [task.id, task.accountId])) }, results);
    return results;
  }

  private async verdicts(tasks: readonly Reserving[]): Promise<Map<string, HoldVerdict> | AppError> {
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
      return new AppError('unavailable', 'Credits cannot be reserved at the moment.', { cause, retryAfterMs: 1_000 });
    }
  }

  private async apply(
    verdicts: { placed: Observed[]; refused: ReadonlyMap<string, AppError>; accounts: ReadonlyMap<string, string> },
    results: Map<string, Reservation>,
  ): Promise<void> {
    const { placed, refused, accounts } = verdicts;
    if (placed.length === 0 && refused.size === 0) return;
    const step = await inTransaction(this.source, async (tx): Promise<Step> => {
      const gone = await deleteRefused(tx, [...refused.keys()]);
      for (const [taskId, error] of refused) results.set(taskId, gone.has(taskId) ? error : unanswered());
      const applied = await this.engine.step(tx, placed);
      // Another caller's refusal has removed the task between our insert and our hold: nobody else knows of that hold.
      const orphans = applied.applied.filter((entry) => entry.task === undefined && accounts.has(entry.taskId));
      const now = new Date();
      await insertOutbox(
        tx,
        orphans.map(({ taskId }) => releaseMessage(taskId, accounts.get(taskId) ?? '', 'no task', now)),
      );
      return applied;
    });
    for (const { taskId, task } of step.applied) results.set(taskId, task ?? unanswered());
    this.afterCommit.follow(step);
  }

  private async abandon(tasks: readonly TaskRecord[]): Promise<void> {
    if (tasks.length === 0) return;
    const items = tasks.map((task): Observed => ({ taskId: task.id, observation: { kind: 'reservation_abandoned' } }));
    this.afterCommit.follow(await inTransaction(this.source, (tx) => this.engine.step(tx, items)));
  }
}

/** No answer from billing for as long as the task would have been allowed to wait. */
function isStuck(task: TaskRecord, reservation: Reservation | undefined): boolean {
  const isUnanswered = reservation instanceof AppError && reservation.code === 'unavailable';
  return isUnanswered && Date.now() > task.createdAt.getTime() + task.timing.queue * 1000;
}

function unanswered(): AppError {
  return new AppError('unavailable', 'The task could not be accepted at the moment.', { retryAfterMs: 1_000 });
}

function refusalOf(verdict: Exclude<HoldVerdict, { verdict: 'placed' }>): AppError {
  switch (verdict.verdict) {
    case 'insufficient': {
      const { required, available } = verdict;
      return new AppError('insufficient_credits', `Needs ${required} credits, ${available} available.`, {
        details: { required: Number(required), available: Number(available) },
      });
    }
    case 'over_max':
      return new AppError('max_credits_exceeded', `Needs ${verdict.required} credits, more than max_credits.`, {
        details: { required: Number(verdict.required) },
      });
    case 'no_price':
      return new AppError('no_price', 'The model has no price for these parameters.', { param: 'model' });
    case 'frozen':
      return new AppError('unavailable', 'The account cannot spend credits at the moment.', { retryAfterMs: 60_000 });
    case 'cancelled':
      return new AppError('conflict', 'This task id was given up on before; submit again with a new one.');
    case 'conflict':
      return new AppError('internal_error', 'The task id is taken by another hold.');
  }
}
