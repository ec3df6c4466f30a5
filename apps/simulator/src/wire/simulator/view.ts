import { jsonMessage, signed } from '../../callback/message.js';
import { type Phase } from '../../engine/timeline.js';
import { plain } from '../../http/plain.js';
import { fileUrl, oddStatus, type Sighting, type Wire } from '../wire.js';

export const simulatorWire: Wire = {
  name: 'simulator',
  refuse: (refusal) => {
    const reply = plain(refusal);
    return refusal.kind === 'rate_limited' || refusal.kind === 'overloaded'
      ? { ...reply, headers: { 'retry-after': '1' } }
      : reply;
  },
  announces: 'the end',
  /** `{ type, timestamp, data }` with data as GET shows it; signed as Standard Webhooks has it. */
  callback: ({ render, state, url, secret, now }) => {
    const data = viewOf({ render, state, oddStatus: false });
    const body = { type: `video.${data.status}`, timestamp: new Date(now).toISOString(), data };
    return signed(jsonMessage(url, body), secret, now);
  },
};

const statuses: Record<Phase, string> = {
  queued: 'queued',
  running: 'running',
  succeeded: 'succeeded',
  failed: 'failed',
  moderated: 'failed',
  expired: 'failed',
  cancelled: 'cancelled',
};

const errors: Partial<Record<Phase, { code: string; message: string }>> = {
  failed: { code: 'render_failed', message: 'The video could not be rendered.' },
  moderated: { code: 'content_rejected', message: 'The video was rejected by moderation.' },
  expired: { code: 'expired', message: 'The video was not rendered in time.' },
};

/** The video as POST, GET and callbacks show it. */
export function viewOf({ render, state, oddStatus: odd }: Sighting) {
  const { order } = render;
  const succeeded = state.phase === 'succeeded';
  return {
    id: render.id,
    reference: order.clientReference ?? null,
    status: odd ? oddStatus : statuses[state.phase],
    progress: state.progress,
    model: order.model,
    prompt: order.prompt,
    created_at: new Date(render.plan.createdAt).toISOString(),
    updated_at: new Date(state.since).toISOString(),
    output: succeeded && !odd ? outputOf(render) : null,
    error: errors[state.phase] ?? null,
    usage: succeeded ? { seconds: order.durationMs / 1000 } : null,
    ...order.echo,
  };
}

function outputOf(render: Sighting['render']) {
  const { order, file } = render;
  return {
    url: fileUrl(render),
    content_type: 'video/mp4',
    bytes: file?.bytes ?? null,
    sha256: file?.sha256 ?? null,
    ...order.size,
    duration_seconds: order.durationMs / 1000,
  };
}
