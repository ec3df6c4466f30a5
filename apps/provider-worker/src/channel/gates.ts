import { Gate } from './gate.js';

type Work = 'submit' | 'poll' | 'cancel';

/** Waiting calls to one channel are handed back beyond this, so that they do not keep its lane's other channels waiting. */
const waitingPerPlace = 2;

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
    // Polls come fifty in a job and are bounded by the jobs.
    const gate = new Gate(this.width, kind === 'poll' ? Infinity : this.width * waitingPerPlace);
    this.gates.set(key, gate);
    return gate;
  }
}
