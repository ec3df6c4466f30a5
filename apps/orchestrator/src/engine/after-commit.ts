import { Injectable } from '@nestjs/common';
import { Log } from '@videoapi/chassis';
import { OutboxRelay } from '@videoapi/messaging';
import { Dispatcher } from '../dispatch/dispatcher.service.js';
import { TaskMetrics } from '../observe/task.metrics.js';
import { type TaskRecord } from '../task/task.js';
import { type Step } from './engine.js';

/** What a committed step sets in motion, and what is told of it. */
@Injectable()
export class AfterCommit {
  constructor(
    private readonly relay: OutboxRelay,
    private readonly dispatcher: Dispatcher,
    private readonly metrics: TaskMetrics,
    private readonly log: Log,
  ) {}

  follow({ channels, queuedFor, ended, alarms }: Step): void {
    this.relay.nudge();
    this.dispatcher.wake(channels);
    this.dispatcher.offer(queuedFor);
    for (const task of ended) this.tellEnd(task);
    for (const alarm of alarms) {
      this.metrics.alarm(alarm.event);
      this.log.warn({ ...alarm });
    }
  }

  private tellEnd(task: TaskRecord): void {
    this.metrics.ended(task);
    this.log.info({
      event: 'task_finished',
      taskId: task.id,
      accountId: task.accountId,
      model: task.model,
      outcome: task.state,
      code: task.error?.code,
      attempts: task.attemptCount,
      seconds: task.completedAt === null ? undefined : (task.completedAt.getTime() - task.createdAt.getTime()) / 1_000,
    });
  }
}
