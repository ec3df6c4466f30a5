import { type Phase } from '../../engine/timeline.js';
import { oddStatus, type Sighting, type Wire } from '../wire.js';
import { refuse } from './errors.js';

/** OpenAI has no `cancelled` and no callback URL: webhooks are set up per project, in its dashboard. */
export const openaiWire: Wire = { name: 'openai', announces: 'nothing', refuse };

/** How long a finished video can be downloaded. */
const keptSeconds = 3600;

const statuses: Record<Phase, 'queued' | 'in_progress' | 'completed' | 'failed'> = {
  queued: 'queued',
  running: 'in_progress',
  succeeded: 'completed',
  failed: 'failed',
  moderated: 'failed',
  expired: 'failed',
  cancelled: 'failed',
};

const errors: Partial<Record<Phase, { code: string; message: string }>> = {
  failed: { code: 'video_generation_failed', message: 'The video could not be generated.' },
  moderated: { code: 'moderation_blocked', message: 'Your request was blocked by our moderation system.' },
  expired: { code: 'internal_error', message: 'The video was not generated in time.' },
  cancelled: { code: 'internal_error', message: 'The video was not generated.' },
};

/** The Video object; timestamps in Unix seconds. */
export function viewOf({ render, state, oddStatus: odd }: Sighting) {
  const completedAt = state.phase === 'succeeded' ? seconds(state.since) : null;
  return {
    id: render.id,
    object: 'video',
    created_at: seconds(render.plan.createdAt),
    status: odd ? oddStatus : statuses[state.phase],
    model: render.order.model,
    progress: statuses[state.phase] === 'failed' ? 0 : state.progress,
    completed_at: completedAt,
    expires_at: completedAt === null ? null : completedAt + keptSeconds,
    error: errors[state.phase] ?? null,
    prompt: render.order.prompt,
    quality: 'standard',
    ...render.order.echo,
  };
}

export function listOf(
  seen: readonly Sighting[],
  { limit, after, order }: { limit: number; after?: string | undefined; order: 'asc' | 'desc' },
) {
  const sorted = order === 'asc' ? [...seen].reverse() : seen;
  const start = after === undefined ? 0 : sorted.findIndex(({ render }) => render.id === after) + 1;
  const page = sorted.slice(start, start + limit).map(viewOf);
  return {
    object: 'list',
    data: page,
    first_id: page[0]?.id ?? null,
    last_id: page.at(-1)?.id ?? null,
    has_more: start + limit < sorted.length,
  };
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}
