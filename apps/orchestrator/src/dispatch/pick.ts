/** One account waiting at a channel. */
export interface Flow {
  readonly accountId: string;
  /** Virtual time at which its next task may start: whoever has least goes first. */
  readonly vtime: number;
  readonly weight: number;
  readonly inflight: number;
  readonly cap: number | null;
}

export interface Candidate {
  readonly taskId: string;
  /** How long the model usually renders, in seconds: what a start costs its account. */
  readonly cost: number;
}

export interface Picked {
  readonly accountId: string;
  readonly taskId: string;
}

export interface Round {
  readonly picked: readonly Picked[];
  /** Flows with their new virtual times and in-flight counts. */
  readonly flows: readonly Flow[];
  readonly vclock: number;
  /** The account whose turn it was had more tasks than were looked at: look again before anybody else is served. */
  readonly isCutShort: boolean;
}

/**
 * Start-time fair queueing over accounts. `candidates` holds each account's oldest queued tasks, at most `looked` of them.
 * Ties go to the smaller account id, so that every dispatcher decides alike.
 */
export function pick(
  flows: readonly Flow[],
  candidates: ReadonlyMap<string, readonly Candidate[]>,
  channel: { readonly free: number; readonly vclock: number; readonly looked: number },
): Round {
  const waiting: Mutable<Waiting>[] = flows.map((flow) => ({
    ...flow,
    taken: 0,
    tasks: candidates.get(flow.accountId) ?? [],
  }));
  const picked: Picked[] = [];
  let vclock = channel.vclock;
  let isCutShort = false;
  while (picked.length < channel.free) {
    const next = leastServed(waiting.filter((flow) => mayStart(flow, channel.looked)));
    if (next === undefined) break;
    const task = next.tasks[next.taken];
    if (task === undefined) {
      isCutShort = true;
      break;
    }
    vclock = Math.max(vclock, next.vtime);
    next.taken += 1;
    next.inflight += 1;
    next.vtime += task.cost / next.weight;
    picked.push({ accountId: next.accountId, taskId: task.taskId });
  }
  return { picked, flows: waiting.map(({ taken: _taken, tasks: _tasks, ...flow }) => flow), vclock, isCutShort };
}

interface Waiting extends Flow {
  readonly tasks: readonly Candidate[];
  readonly taken: number;
}

/** It has a task that we know of, or may have one that we did not look at. */
function mayStart(flow: Waiting, looked: number): boolean {
  const isBelowCap = flow.cap === null || flow.inflight < flow.cap;
  return isBelowCap && (flow.taken < flow.tasks.length || flow.tasks.length === looked);
}

function leastServed<Entry extends Flow>(flows: readonly Entry[]): Entry | undefined {
  return flows.reduce<Entry | undefined>((least, flow) => {
    if (least === undefined || flow.vtime < least.vtime) return flow;
    return flow.vtime === least.vtime && flow.accountId < least.accountId ? flow : least;
  }, undefined);
}

type Mutable<Shape> = { -readonly [Key in keyof Shape]: Shape[Key] };
