import { jsonMessage } from '../../callback/message.js';
import { type Phase } from '../../engine/timeline.js';
import { fileUrl, oddStatus, type Sighting, type Wire } from '../wire.js';
import { refuse } from './errors.js';

/** Calls back with the body of GET once it dreams and once it has ended, unsigned. */
export const dreamMachineWire: Wire = {
  name: 'dream-machine',
  announces: 'every change',
  refuse,
  callback: ({ render, state, url }) => jsonMessage(url, viewOf({ render, state, oddStatus: false })),
};

type State = 'queued' | 'dreaming' | 'completed' | 'failed';
const states: Record<Phase, State> = {
  queued: 'queued',
  running: 'dreaming',
  succeeded: 'completed',
  failed: 'failed',
  moderated: 'failed',
  expired: 'failed',
  // There is no cancel.
  cancelled: 'failed',
};

const reasons: Partial<Record<Phase, string>> = {
  failed: 'Generation failed',
  moderated: 'Prompt not allowed because advanced moderation failed.',
  expired: 'Generation timed out',
};

/** A generation as POST, GET and callbacks show it. A failure has a reason in words, and no code. */
export function viewOf({ render, state, oddStatus: odd }: Sighting) {
  const shown = states[state.phase];
  return {
    id: render.id,
    generation_type: 'video',
    state: odd ? oddStatus : shown,
    failure_reason: reasons[state.phase] ?? null,
    created_at: new Date(render.plan.createdAt).toISOString(),
    assets: shown === 'completed' && !odd ? { video: fileUrl(render), image: fileUrl(render, 'png') } : null,
    model: render.order.model,
    request: render.order.echo['request'],
  };
}
