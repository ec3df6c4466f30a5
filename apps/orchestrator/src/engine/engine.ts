import { Inject, Injectable } from '@nestjs/common';
import { type EntityManager } from 'typeorm';
import { CatalogSnapshots } from '../catalog/catalog-snapshots.js';
import { type Note } from '../dispatch/notes.js';
import { type Applied, type Observed } from './applied.js';
import { type TaskObservation } from '../task/observation.js';
import { initialProgress, type TaskIdentity, type TaskRecord } from '../task/task.js';
import { type Alarm, type BatchInputs, type BatchOutcome, decideAll, namedAttempt } from './batch.js';
import { type CallbackSettings } from './messages.js';
import { insertTasks } from './new-task.store.js';
import { claimRenders, claimsOf } from './render.store.js';
import { lockAttempts, lockTasks, saveChanges } from './task.store.js';

export const callbackSettings = Symbol('callback settings');

export interface Step {
  readonly applied: readonly Applied[];
  /** Channels that something has happened to, for their dispatcher to look at after the commit. */
  readonly channels: ReadonlySet<string>;
  /** Channels that tasks have been queued for. */
  readonly queuedFor: ReadonlySet<string>;
  /** Tasks that have ended in this step. */
  readonly ended: readonly TaskRecord[];
  readonly alarms: readonly Alarm[];
}

/** The first thing that happens to a task. */
export interface Beginning {
  readonly task: TaskIdentity;
  readonly observation: TaskObservation;
}

/** The only writer of tasks: locks them, decides, and writes everything that follows in the caller's transaction. */
@Injectable()
export class Engine {
  constructor(
    private readonly snapshots: CatalogSnapshots,
    @Inject(callbackSettings) private readonly callbacks: { readonly settings: CallbackSettings | undefined },
  ) {}

  async applyObservations(tx: EntityManager, items: readonly Observed[]): Promise<readonly Applied[]> {
    return (await this.step(tx, items)).applied;
  }

  /** A constant number of statements, however many items. Nothing at all is written where nothing changes. */
  async step(tx: EntityManager, items: readonly Observed[]): Promise<Step> {
    const { tasks, now } = await lockTasks(tx, [...new Set(items.map((item) => item.taskId))]);
    if (now === undefined)
      return { applied: items.map(absent), channels: new Set(), queuedFor: new Set(), ended: [], alarms: [] };
    const attempts = await lockAttempts(tx, attemptsOf(items, tasks));
    const claims = claimsOf(items, attempts, this.snapshots.current());
    const taken = await claimRenders(tx, claims);
    const outcome = this.decide(items, { tasks, attempts, taken, now });
    await saveChanges(tx, outcome);
    return stepOf(outcome);
  }

  /** Tasks that are in no table so far. The caller sees to it that nobody else makes the same ones. */
  async begin(tx: EntityManager, beginnings: readonly Beginning[], now: Date): Promise<Step> {
    const tasks = beginnings.map(({ task }) => newTask(task));
    const items = beginnings.map(({ task, observation }) => ({ taskId: task.id, observation }));
    const outcome = this.decide(items, { tasks, attempts: [], taken: new Set(), now });
    await insertTasks(tx, outcome);
    return stepOf(outcome);
  }

  private decide(
    items: readonly Observed[],
    known: Pick<BatchInputs, 'tasks' | 'attempts' | 'taken' | 'now'>,
  ): BatchOutcome {
    return decideAll(items, {
      ...known,
      snapshot: this.snapshots.current(),
      callbacks: this.callbacks.settings,
      random: Math.random,
    });
  }
}

function stepOf({ applied, ended, alarms, notes }: BatchOutcome): Step {
  const [queued, others] = [notes.filter(isQueued), notes.filter((note) => !isQueued(note))];
  return { applied, ended, alarms, channels: channelsOf(others), queuedFor: channelsOf(queued) };
}

function isQueued({ kind }: Note): boolean {
  return kind === 'queued';
}

function channelsOf(notes: readonly Note[]): ReadonlySet<string> {
  return new Set(notes.map((note) => note.channelId));
}

function newTask(task: TaskIdentity): TaskRecord {
  return { ...task, ...initialProgress, stateSince: task.createdAt, wakesAt: task.createdAt };
}

function attemptsOf(
  items: readonly Observed[],
  tasks: readonly { readonly attemptId: string | null }[],
): readonly string[] {
  const named = items.flatMap((item) => namedAttempt(item.observation) ?? []);
  const current = tasks.flatMap((task) => task.attemptId ?? []);
  return [...new Set([...named, ...current])];
}

function absent({ taskId }: Observed): Applied {
  return { taskId, task: undefined, isChanged: false, refusal: undefined };
}
