import { Controller } from '@nestjs/common';
import {
  type EventData,
  taskCompleted,
  type TaskFact,
  taskFailed,
  taskProgressed,
  taskQueued,
  taskStarted,
  walletLow,
} from '@videoapi/contracts';
import { HandleEvent, type MessageMeta } from '@videoapi/messaging';
import { Settings } from '../settings.js';
import { accountHappening, taskHappenings, type TaskFactName } from './event.js';
import { EventIntake } from './event-intake.js';

/** Handlers wait for a shared transaction: many at once make it a large one. */
const many = { concurrency: 512 };

/** There is no inbox: the producer key of an event is unique, so the second copy of a fact finds it written. */
@Controller()
export class EventConsumers {
  constructor(
    private readonly intake: EventIntake,
    private readonly settings: Settings,
  ) {}

  @HandleEvent(taskQueued, many)
  queued(fact: EventData<typeof taskQueued>, meta: MessageMeta): Promise<void> {
    return this.take('queued', fact, meta);
  }

  @HandleEvent(taskStarted, many)
  started(fact: EventData<typeof taskStarted>, meta: MessageMeta): Promise<void> {
    return this.take('started', fact, meta);
  }

  @HandleEvent(taskProgressed, many)
  progressed(fact: EventData<typeof taskProgressed>, meta: MessageMeta): Promise<void> {
    return this.take('progressed', fact, meta);
  }

  @HandleEvent(taskCompleted, many)
  completed(fact: EventData<typeof taskCompleted>, meta: MessageMeta): Promise<void> {
    return this.take('completed', fact, meta);
  }

  @HandleEvent(taskFailed, many)
  failed(fact: EventData<typeof taskFailed>, meta: MessageMeta): Promise<void> {
    return this.take('failed', fact, meta);
  }

  @HandleEvent(walletLow)
  async creditsLow(fact: EventData<typeof walletLow>, { id, occurredAt }: MessageMeta): Promise<void> {
    const { accountId } = fact;
    const data = { available: Number(fact.available), low_water: Number(fact.lowWater) };
    await this.intake.submit(accountHappening({ type: 'credits.low', accountId, producerKey: id, occurredAt, data }));
  }

  private async take(fact: TaskFactName, { task, callback }: TaskFact, { occurredAt }: MessageMeta): Promise<void> {
    const { publicUrl: baseUrl } = this.settings;
    await this.intake.submit(...taskHappenings({ fact, task, callback, occurredAt, baseUrl }));
  }
}
