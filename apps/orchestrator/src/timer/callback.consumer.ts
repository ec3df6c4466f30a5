import { Controller, type OnApplicationShutdown } from '@nestjs/common';
import { callbackReceived, type EventData } from '@videoapi/contracts';
import { Batcher, sql } from '@videoapi/database';
import { HandleEvent } from '@videoapi/messaging';
import { DataSource } from 'typeorm';
import { Observations } from '../engine/observations.js';
import { type AttemptState, isAttemptOpen } from '../task/states.js';
import { pollNow } from './claim.js';
import { Polls } from './polls.js';

type Callback = Pick<EventData<typeof callbackReceived>, 'attemptId' | 'provider' | 'upstreamId'>;

interface Called {
  readonly id: string;
  readonly taskId: string;
  readonly provider: string;
  readonly state: AttemptState;
  readonly hasHandle: boolean;
  readonly named: readonly string[];
}

/** A callback is a wake-up, never a fact: what it claims is read back from the provider. */
@Controller()
export class CallbackConsumer implements OnApplicationShutdown {
  private readonly calls: Batcher<Callback, undefined>;

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
      flush: async (callbacks) => {
        await this.wake(distinct(callbacks));
        return callbacks.map(() => undefined);
      },
    });
  }

  @HandleEvent(callbackReceived, { concurrency: 512 })
  async received({ attemptId, provider, upstreamId }: EventData<typeof callbackReceived>): Promise<void> {
    await this.calls.submit({ attemptId, provider, upstreamId });
  }

  /** The transports have finished what they had in hand by now. */
  async onApplicationShutdown(): Promise<void> {
    await this.calls.close();
  }

  private async wake(callbacks: readonly Callback[]): Promise<void> {
    const polled = await pollNow(this.source, [...new Set(callbacks.map((callback) => callback.attemptId))]);
    const others = callbacks.filter(({ attemptId, upstreamId }) => saysMore(polled.get(attemptId), upstreamId));
    if (others.length === 0) return;
    const attempts = await readCalled(this.source, others);
    const late = [...attempts.values()].filter(({ state, hasHandle }) => state === 'abandoned' && hasHandle);
    await this.polls.look(late.map((attempt) => ({ attemptId: attempt.id, fired: 0 })));
    await Promise.all(
      others.map(async ({ attemptId, provider, upstreamId }) => {
        const attempt = attempts.get(attemptId);
        if (attempt === undefined) return;
        // Whoever knows an address could spell it with a provider that signs nothing: only its own may name anything.
        const name = provider === attempt.provider ? upstreamId : undefined;
        if (!isAttemptOpen(attempt.state) && !saysMore(attempt.hasHandle ? attempt.named : undefined, name)) return;
        const observation = { kind: 'callback', attemptId, upstreamId: name } as const;
        await this.observations.submit({ taskId: attempt.taskId, observation });
      }),
    );
  }
}

/**
 * Is there more to it than to look at the render that is known? `named`: by callbacks before it was known, undefined while it
 * is not. An attempt whose handle came in the answer to its submit has nothing named, and no callback has more to say.
 */
function saysMore(named: readonly string[] | undefined, name: string | undefined): boolean {
  if (named === undefined) return true;
  return name !== undefined && named.length > 0 && !named.includes(name);
}

async function readCalled(source: DataSource, callbacks: readonly Callback[]): Promise<Map<string, Called>> {
  const rows = await sql<Called>(
    source,
    `SELECT id, task_id AS "taskId", provider, state, handle IS NOT NULL AS "hasHandle", named_ids AS named
     FROM attempt WHERE id = ANY($1::uuid[])`,
    [callbacks.map((callback) => callback.attemptId)],
  );
  return new Map(rows.map((attempt) => [attempt.id, attempt]));
}

function distinct(callbacks: readonly Callback[]): Callback[] {
  return [...new Map(callbacks.map((callback) => [JSON.stringify(Object.values(callback)), callback])).values()];
}
