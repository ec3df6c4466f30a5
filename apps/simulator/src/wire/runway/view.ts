import { type Phase } from '../../engine/timeline.js';
import { fileUrl, oddStatus, type Sighting, type Wire } from '../wire.js';
import { refuse } from './errors.js';

export const runwayWire: Wire = { name: 'runway', announces: 'nothing', refuse };

type Status = 'PENDING' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED';
const statuses: Record<Phase, Status> = {
  queued: 'PENDING',
  running: 'RUNNING',
  succeeded: 'SUCCEEDED',
  failed: 'FAILED',
  moderated: 'FAILED',
  expired: 'FAILED',
  cancelled: 'CANCELLED',
};

const failures: Partial<Record<Phase, { failure: string; failureCode: string }>> = {
  failed: { failure: 'An unexpected error occurred.', failureCode: 'INTERNAL.BAD_OUTPUT.CODE01' },
  expired: { failure: 'An unexpected error occurred.', failureCode: 'INTERNAL' },
  moderated: { failure: 'The generated video was flagged by content moderation.', failureCode: 'SAFETY.OUTPUT.VIDEO' },
};

/** A task. Whoever looks again while it waits is told that its own concurrency is in the way. */
export function viewOf({ render, state, oddStatus: odd }: Sighting) {
  const status = statuses[state.phase];
  const isThrottled = status === 'PENDING' && render.counts.polls > 1;
  return {
    id: render.id,
    status: odd ? oddStatus : isThrottled ? 'THROTTLED' : status,
    createdAt: new Date(render.plan.createdAt).toISOString(),
    ...(status === 'RUNNING' && { progress: state.progress / 100 }),
    ...(status === 'SUCCEEDED' && !odd && { output: [`${fileUrl(render)}?_jwt=${render.counts.polls}`] }),
    ...failures[state.phase],
  };
}
