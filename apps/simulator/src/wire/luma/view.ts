import { type Phase } from '../../engine/timeline.js';
import { fileUrl, oddStatus, type Sighting, type Wire } from '../wire.js';
import { refuse } from './errors.js';

export const lumaWire: Wire = { name: 'luma', announces: 'nothing', refuse };

type State = 'queued' | 'processing' | 'completed' | 'failed';
const states: Record<Phase, State> = {
  queued: 'queued',
  running: 'processing',
  succeeded: 'completed',
  failed: 'failed',
  moderated: 'failed',
  expired: 'failed',
  // There is no cancel.
  cancelled: 'failed',
};

const broken = { failure_reason: 'Generation failed', failure_code: 'generation_failed' };
const failures: Partial<Record<Phase, { failure_reason: string; failure_code: string }>> = {
  failed: broken,
  cancelled: broken,
  moderated: { failure_reason: 'Content was flagged', failure_code: 'content_moderated' },
  // What was accepted can still meet an empty account.
  expired: { failure_reason: 'Budget exhausted', failure_code: 'budget_exhausted' },
};

/** A generation as POST and GET show it. There is no percentage; links are signed anew by each look. */
export function viewOf({ render, state, oddStatus: odd }: Sighting) {
  const shown = states[state.phase];
  const url = `${fileUrl(render)}?sig=${render.counts.polls}`;
  return {
    id: render.id,
    type: render.order.echo['type'],
    state: odd ? oddStatus : shown,
    model: render.order.model,
    created_at: new Date(render.plan.createdAt).toISOString(),
    output: shown === 'completed' && !odd ? [{ type: 'video', url }] : [],
    ...(failures[state.phase] ?? { failure_reason: null, failure_code: null }),
  };
}
