import { Gate } from './gate.js';

type Work = 'submit' | 'poll' | 'cancel';

/**
 * An order that waits longer goes back to its queue: a channel that hangs would else fill the handlers of its lane, and
 * the lane's other channels with it. Milliseconds.
 */
const longestWaitMs = 10_000;

/** One gate per channel and kind of work: a provider that hangs on submits is still polled, and hinders no other. */
export class Gates {
  private readonly gates = new Map<string, Gate>();

  constructor(private readonly width: number) {}

  run<Result>(kind: Work, channelId: string, work: () => Promise<Result>): Promise<Result> {
    return this.gate(kind, channelId).run(work);
  }

  private gate(kind: Work, channelId: string): Gate {
    const key = `${kind} ${channelId}`;
    const known = this.gates.get(key);
    if (known !== undefined) return known;
    // Polls come fifty in a job: half of one cannot be handed back.
    const gate = new Gate(this.width, kind === 'poll' ? undefined : longestWaitMs);
    this.gates.set(key, gate);
    return gate;
  }
}
