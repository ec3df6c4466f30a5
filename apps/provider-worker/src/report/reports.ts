import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Log } from '@videoapi/chassis';
import { AppError, type EventContract } from '@videoapi/contracts';
import { type Publishable, Publisher } from '@videoapi/messaging';
import { type z } from 'zod';

/** A minute: what a provider has accepted must not be forgotten because our broker restarts. Milliseconds. */
const pauses = [100, 200, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000];

/** What this worker found out, told to the orchestrator. Ids are derived from attempt and permit: a repeat is dropped. */
@Injectable()
export class Reports {
  constructor(
    private readonly publisher: Publisher,
    private readonly log: Log,
  ) {}

  /** @throws AppError `unavailable`: the job will be delivered again. */
  async publish<Data extends z.ZodType>(event: EventContract<Data>, fact: Publishable<z.input<Data>>): Promise<void> {
    await this.publisher.publishEvent(event, fact);
  }

  /**
   * For what nobody could find out again. Goes on trying for a minute, and then leaves it in the log.
   * @throws AppError `unavailable`
   */
  async insist<Data extends z.ZodType>(event: EventContract<Data>, fact: Publishable<z.input<Data>>): Promise<void> {
    for (const pauseMs of [...pauses, undefined]) {
      try {
        return await this.publisher.publishEvent(event, fact);
      } catch (error) {
        if (pauseMs === undefined || !AppError.from(error).retryable) {
          this.log.error({ event: 'report_lost', subject: event.subject, id: fact.id, report: fact.data, err: error });
          throw error;
        }
        await sleep(pauseMs);
      }
    }
  }
}
