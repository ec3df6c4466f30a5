import { type ChannelTarget } from '@videoapi/contracts';
import { z } from 'zod';
import { Gate } from './gate.js';
import { Pace } from './pace.js';

type Work = 'submit' | 'poll' | 'cancel';

/**
 * An order that waits longer goes back to its queue: a channel that hangs would else fill the handlers of its lane, and
 * the lane's other channels with it. Milliseconds.
 */
const longestWaitMs = 10_000;

/** Of a channel's `options`. Anything else that stands there is no limit. */
const limits = z.object({ callsPerSecond: z.number().positive().optional().catch(undefined) });

interface Entrance {
  readonly gate: Gate;
  readonly pace: Pace;
}

/**
 * One gate per channel and kind of work: a provider that hangs on submits is still polled, and hinders no other. Where the
 * channel's `options.callsPerSecond` says so, each kind of work also begins at that pace.
 */
export class Gates {
  private readonly entrances = new Map<string, Entrance>();

  constructor(private readonly width: number) {}

  /** @throws AppError `overloaded` after waiting too long; nothing was done then. */
  run<Result>(kind: Work, { id, options }: ChannelTarget, work: () => Promise<Result>): Promise<Result> {
    const { gate, pace } = this.entrance(kind, id);
    const { callsPerSecond } = limits.parse(options);
    if (callsPerSecond === undefined) return gate.run(work);
    return gate.run(async () => {
      await pace.turn(callsPerSecond);
      return work();
    });
  }

  private entrance(kind: Work, channelId: string): Entrance {
    const key = `${kind} ${channelId}`;
    const known = this.entrances.get(key);
    if (known !== undefined) return known;
    // Polls come fifty in a job: half of one cannot be handed back.
    const waitMs = kind === 'poll' ? undefined : longestWaitMs;
    const entrance = { gate: new Gate(this.width, waitMs), pace: new Pace(waitMs) };
    this.entrances.set(key, entrance);
    return entrance;
  }
}
