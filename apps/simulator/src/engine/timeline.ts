import { type Script } from '../script/directives.js';

export type Phase = 'queued' | 'running' | 'succeeded' | 'failed' | 'moderated' | 'expired' | 'cancelled';
type Ending = 'succeeded' | 'failed' | 'moderated' | 'expired' | 'never';

/** What will happen to a render, fixed when it is accepted, or when it is released. Moments in milliseconds since 1970. */
export interface Plan {
  readonly createdAt: number;
  readonly startsAt: number;
  /** Infinity for one that waits to be released. */
  readonly endsAt: number;
  readonly ending: Ending;
  /** Percent that a render which never ends is stuck at. */
  readonly ceiling: number;
  /** When the provider itself gives up on a render that never ends. */
  readonly expiresAt?: number;
}

/** What happened to it that no plan could know. */
export interface Facts {
  readonly cancelledAt?: number | undefined;
  /** Since when the file is there. A render succeeds at its planned end, or once there is a file, whichever is later. */
  readonly filmedAt?: number | undefined;
  /** Since when it is known that there will be no file. */
  readonly brokenAt?: number | undefined;
}

export interface State {
  readonly phase: Phase;
  /** 0–100. */
  readonly progress: number;
  /** Since when it is in this phase. */
  readonly since: number;
}

export function planRender(script: Script, createdAt: number, expiresAfterMs?: number): Plan {
  const startsAt = createdAt + (script.queue ?? 0);
  const endsAt = script['until-released'] === undefined ? startsAt + (script.slow ?? 0) : Infinity;
  const ending = endingOf(script);
  return {
    createdAt,
    startsAt,
    endsAt,
    ending,
    ceiling: script.stall ?? 0,
    ...(expiresAfterMs !== undefined && { expiresAt: createdAt + expiresAfterMs }),
  };
}

/** The plan of a render that waited for this moment to end; that of any other stays as it is. */
export function released(plan: Plan, at: number): Plan {
  return plan.endsAt === Infinity ? { ...plan, endsAt: Math.max(plan.startsAt, at) } : plan;
}

/** Where the render stands at a moment. Pure: a poll computes it, nothing has to tick. */
export function stateAt(plan: Plan, facts: Facts, now: number): State {
  const { startsAt, endsAt, ending } = plan;
  if (facts.cancelledAt !== undefined) return ended(plan, 'cancelled', facts.cancelledAt);
  if (now < startsAt) return { phase: 'queued', progress: 0, since: plan.createdAt };
  if (ending === 'never') {
    if (plan.expiresAt !== undefined && now >= plan.expiresAt) return ended(plan, 'expired', plan.expiresAt);
    return { phase: 'running', progress: Math.min(plan.ceiling, progressAt(plan, now)), since: startsAt };
  }
  if (ending !== 'succeeded' && now >= endsAt) return ended(plan, ending, endsAt);
  if (facts.brokenAt !== undefined && now >= endsAt) return ended(plan, 'failed', Math.max(endsAt, facts.brokenAt));
  if (facts.filmedAt !== undefined && now >= Math.max(endsAt, facts.filmedAt)) {
    return ended(plan, 'succeeded', Math.max(endsAt, facts.filmedAt));
  }
  return { phase: 'running', progress: progressAt(plan, now), since: startsAt };
}

export function isTerminal(phase: Phase): boolean {
  return phase !== 'queued' && phase !== 'running';
}

function endingOf(script: Script): Ending {
  if (script.hang !== undefined || script.stall !== undefined) return 'never';
  if (script.expire !== undefined) return 'expired';
  if (script.moderate !== undefined) return 'moderated';
  if (script.fail !== undefined) return 'failed';
  return 'succeeded';
}

/** Grows evenly over the planned time and waits at 99 for the end. */
function progressAt({ startsAt, endsAt }: Plan, now: number): number {
  if (now >= endsAt) return 99;
  return Math.floor((99 * (now - startsAt)) / (endsAt - startsAt));
}

/** A render that did not succeed keeps the progress it had reached. */
function ended(plan: Plan, phase: Phase, since: number): State {
  if (phase === 'succeeded') return { phase, progress: 100, since };
  const reached = since < plan.startsAt ? 0 : progressAt(plan, since);
  return { phase, progress: plan.ending === 'never' ? Math.min(plan.ceiling, reached) : reached, since };
}
