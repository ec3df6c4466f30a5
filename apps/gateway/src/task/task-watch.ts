import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Drain } from '@videoapi/chassis';
import { type Task } from '@videoapi/contracts';
import { LiveEvents } from '@videoapi/messaging';
import { z } from 'zod';
import { TaskReads, type TaskName } from './task-reads.js';

/** An event may be lost on its way here: this is how long a watcher can be behind. */
const lookAgainMs = 5_000;
const fact = z.object({ taskId: z.string() });

/**
 * Follows tasks as they change. A live event only wakes a watcher, who then reads the task: what it sees is always the
 * whole present state, in order, and an event that got lost costs five seconds.
 */
@Injectable()
export class TaskWatch implements OnModuleDestroy {
  private readonly sleepers = new Map<string, Set<() => void>>();
  private readonly unsubscribe: () => void;

  constructor(
    private readonly reads: TaskReads,
    private readonly drain: Drain,
    live: LiveEvents,
  ) {
    this.unsubscribe = live.subscribe('evt.task.v1.>', (_subject, read) => {
      // Most of the time nobody watches, and every change of every task passes here.
      if (this.sleepers.size === 0) return;
      const parsed = fact.safeParse(read().data);
      if (!parsed.success) return;
      for (const wake of this.sleepers.get(parsed.data.taskId) ?? []) wake();
    });
  }

  onModuleDestroy(): void {
    this.unsubscribe();
  }

  /**
   * The task as it is now, if it is newer than `afterVersion`, and then whenever it changes; ends after the terminal
   * state, when `gone` is aborted, or when this process drains: its client comes back with `Last-Event-ID`, to another.
   * Throws `task_not_found`.
   */
  async *follow(name: TaskName, afterVersion: number, gone: AbortSignal): AsyncGenerator<Task, void> {
    const signal = AbortSignal.any([gone, this.drain.signal]);
    let seen = afterVersion;
    do {
      // Armed before the read, so that a change during the read is not missed.
      const change = this.nextChange(name.taskId, signal);
      try {
        const task = await this.reads.get(name);
        if (task.version > seen) {
          seen = task.version;
          yield task;
        }
        if (hasEnded(task)) return;
        await change.promise;
      } finally {
        change.wake();
      }
    } while (!signal.aborted);
  }

  private nextChange(
    taskId: string,
    signal: AbortSignal,
  ): { readonly promise: Promise<void>; readonly wake: () => void } {
    const { promise, resolve } = Promise.withResolvers<void>();
    const wakes = this.sleepers.get(taskId) ?? new Set();
    this.sleepers.set(taskId, wakes);
    const wake = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', wake);
      wakes.delete(wake);
      if (wakes.size === 0 && this.sleepers.get(taskId) === wakes) this.sleepers.delete(taskId);
      resolve();
    };
    const timer = setTimeout(wake, lookAgainMs);
    signal.addEventListener('abort', wake);
    wakes.add(wake);
    if (signal.aborted) wake();
    return { promise, wake };
  }
}

export function hasEnded(task: Pick<Task, 'status'>): boolean {
  return task.status === 'completed' || task.status === 'failed';
}
