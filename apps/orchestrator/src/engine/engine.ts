import { Inject, Injectable } from '@nestjs/common';
import { insertOutbox } from '@videoapi/database';
import { type EntityManager } from 'typeorm';
import { CatalogSnapshots } from '../catalog/catalog-snapshots.js';
import { leaveNotes } from '../dispatch/notes.js';
import { type Applied, type Observed } from './applied.js';
import { type TaskRecord } from '../task/task.js';
import { type Alarm, type BatchOutcome, decideAll, namedAttempt } from './batch.js';
import { type CallbackSettings } from './messages.js';
import { lockAttempts, lockTasks, saveChanges } from './task.store.js';

export const callbackSettings = Symbol('callback settings');

export interface Step {
  readonly applied: readonly Applied[];
  /** Channels that the dispatcher should look at after the commit. */
  readonly channels: ReadonlySet<string>;
  /** Tasks that have ended in this step. */
  readonly ended: readonly TaskRecord[];
  readonly alarms: readonly Alarm[];
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
    if (now === undefined) return { applied: items.map(absent), channels: new Set(), ended: [], alarms: [] };
    const attempts = await lockAttempts(tx, attemptsOf(items, tasks));
    const outcome = decideAll(items, {
      tasks,
      attempts,
      snapshot: this.snapshots.current(),
      callbacks: this.callbacks.settings,
      now,
      random: Math.random,
    });
    await save(tx, outcome);
    const { applied, ended, alarms } = outcome;
    return { applied, ended, alarms, channels: new Set(outcome.notes.map((note) => note.channelId)) };
  }
}

async function save(tx: EntityManager, outcome: BatchOutcome): Promise<void> {
  await saveChanges(tx, outcome);
  await leaveNotes(tx, outcome.notes);
  await insertOutbox(tx, outcome.messages);
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
