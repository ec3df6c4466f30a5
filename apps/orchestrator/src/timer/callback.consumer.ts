import { Controller, type OnApplicationShutdown } from '@nestjs/common';
import { callbackReceived, type EventData } from '@videoapi/contracts';
import { Batcher, sql } from '@videoapi/database';
import { HandleEvent } from '@videoapi/messaging';
import { DataSource } from 'typeorm';
import { Observations } from '../engine/observations.js';
import { type AttemptState, isAttemptOpen } from '../task/states.js';
import { pollNow } from './claim.js';
import { Polls } from './polls.js';

/** A callback is a wake-up, never a fact: what it claims is read back from the provider. */
@Controller()
export class CallbackConsumer implements OnApplicationShutdown {
  private readonly calls: Batcher<string, undefined>;

  constructor(
    private readonly source: DataSource,
    private readonly observations: Observations,
    private readonly polls: Polls,
  ) {
    this.calls = new Batcher({
      name: 'callbacks',
      maxItems: 256,
      workers: 1,
      maxQueued: 8_192,
      deadlineMs: 15_000,
      flush: async (attemptIds) => {
        await this.wake([...new Set(attemptIds)]);
        return attemptIds.map(() => undefined);
      },
    });
  }

  @HandleEvent(callbackReceived, { concurrency: 512 })
  async received({ attemptId }: EventData<typeof callbackReceived>): Promise<void> {
    await this.calls.submit(attemptId);
  }

  /** The transports have finished what they had in hand by now. */
  async onApplicationShutdown(): Promise<void> {
    await this.calls.close();
  }

  private async wake(attemptIds: readonly string[]): Promise<void> {
    const polled = await pollNow(this.source, attemptIds);
    const others = attemptIds.filter((id) => !polled.has(id));
    if (others.length === 0) return;
    const attempts = await sql<{ id: string; taskId: string; state: AttemptState }>(
      this.source,
      `SELECT id, task_id AS "taskId", state FROM attempt WHERE id = ANY($1::uuid[])`,
      [others],
    );
    const open = attempts.filter((attempt) => isAttemptOpen(attempt.state));
    const late = attempts.filter((attempt) => attempt.state === 'abandoned');
    await this.polls.look(late.map((attempt) => ({ attemptId: attempt.id, fired: 0 })));
    await Promise.all(
      open.map(({ id, taskId }) =>
        this.observations.submit({ taskId, observation: { kind: 'callback', attemptId: id } }),
      ),
    );
  }
}
