import { jsonMessage } from '../../callback/message.js';
import { type Order } from '../../engine/render.js';
import { type Phase } from '../../engine/timeline.js';
import { fileUrl, oddStatus, type Sighting, type Wire } from '../wire.js';
import { refuse } from './errors.js';
import { type ListQuery } from './schema.js';

/** Calls back on each change of status, unsigned, with the body of GET. */
export const arkWire: Wire = {
  name: 'ark',
  announces: 'every change',
  refuse,
  callback: ({ render, state, url }) => jsonMessage(url, viewOf({ render, state, oddStatus: false })),
};

type Status = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled' | 'expired';
const statuses: Record<Phase, Status> = {
  queued: 'queued',
  running: 'running',
  succeeded: 'succeeded',
  failed: 'failed',
  moderated: 'failed',
  expired: 'expired',
  cancelled: 'cancelled',
};

const errors: Partial<Record<Phase, { code: string; message: string }>> = {
  failed: { code: 'InternalServiceError', message: 'The service encountered an unexpected internal error.' },
  moderated: {
    code: 'OutputVideoSensitiveContentDetected.PolicyViolation',
    message: 'The request failed because the output video may be related to copyright restrictions.',
  },
};

/** A task; timestamps in Unix seconds, no percentage, usage only on success. */
export function viewOf({ render, state, oddStatus: odd }: Sighting) {
  const { id, order, plan } = render;
  const { return_last_frame: withLastFrame, ...echo } = order.echo;
  const succeeded = state.phase === 'succeeded';
  return {
    id,
    model: order.model,
    status: odd ? oddStatus : statuses[state.phase],
    error: errors[state.phase] ?? null,
    created_at: Math.floor(plan.createdAt / 1000),
    updated_at: Math.floor(state.since / 1000),
    ...echo,
    ...(succeeded && {
      content: {
        video_url: fileUrl(render),
        ...(withLastFrame === true && { last_frame_url: fileUrl(render, 'png') }),
      },
      usage: usageOf(order),
    }),
  };
}

export function listOf(seen: readonly Sighting[], query: ListQuery) {
  const matching = seen
    .map((sighting) => ({ sighting, status: statuses[sighting.state.phase] }))
    .filter(({ sighting: { render }, status }) => {
      const { 'filter.status': wanted, 'filter.model': model, 'filter.service_tier': tier } = query;
      return (
        (wanted === undefined || wanted === status) &&
        (model === undefined || model === render.order.model) &&
        (tier === undefined || tier === render.order.echo.service_tier)
      );
    });
  const start = (query.page_num - 1) * query.page_size;
  const items = matching.slice(start, start + query.page_size).map(({ sighting }) => viewOf(sighting));
  return { items, total: matching.length };
}

/** Tokens of the frames at 24 a second and one more: 108 900 for five seconds of 1280×720. */
function usageOf({ size, durationMs }: Order) {
  const tokens = Math.floor((size.width * size.height * (Math.round((durationMs * 24) / 1000) + 1)) / 1024);
  return { completion_tokens: tokens, total_tokens: tokens };
}
