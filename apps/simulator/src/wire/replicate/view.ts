import { type CallbackMessage, jsonMessage, signed } from '../../callback/message.js';
import { type Render } from '../../engine/render.js';
import { isTerminal, type Phase } from '../../engine/timeline.js';
import { fileUrl, type News, oddStatus, type Sighting, type Wire } from '../wire.js';
import { flagged, refuse } from './errors.js';

export const replicateWire: Wire = { name: 'replicate', announces: 'every change', refuse, callback: newsOf };

const statuses: Record<Phase, string> = {
  queued: 'starting',
  running: 'processing',
  succeeded: 'succeeded',
  failed: 'failed',
  moderated: 'failed',
  expired: 'aborted',
  cancelled: 'canceled',
};

const errors: Partial<Record<Phase, string>> = { failed: 'CUDA out of memory.', moderated: flagged };

/** How long what went in and what came out are kept. Milliseconds. */
const keptMs = 3_600_000;

/** A prediction, as every answer and every webhook shows it. */
export function viewOf({ render, state, oddStatus: odd }: Sighting, now: number) {
  const { id, order, plan } = render;
  const hasEnded = isTerminal(state.phase);
  const isRemoved = hasEnded && now - state.since > keptMs;
  const url = `${order.origin}/replicate/v1/predictions/${id}`;
  return {
    id,
    model: order.model,
    version: 'hidden',
    status: odd ? oddStatus : statuses[state.phase],
    input: isRemoved ? {} : order.echo['input'],
    output: state.phase === 'succeeded' && !isRemoved ? outputOf(render) : null,
    error: errors[state.phase] ?? null,
    logs: isRemoved ? null : logsOf(state.phase, state.progress),
    ...(hasEnded && { metrics: metricsOf(render, state.since) }),
    data_removed: isRemoved,
    created_at: timeOf(plan.createdAt),
    started_at: state.phase === 'queued' ? null : timeOf(plan.startsAt),
    completed_at: hasEnded ? timeOf(state.since) : null,
    urls: { get: url, cancel: `${url}/cancel`, stream: `${url}/stream`, web: `${order.origin}/p/${id}` },
  };
}

/** A link, a list with the film behind a still, or files by name: each model has its own way. */
function outputOf(render: Render): unknown {
  const [film, still] = [fileUrl(render), fileUrl(render, 'webp')];
  const { output } = render.order.echo;
  if (output === 'list') return [still, film];
  return output === 'files' ? { last_frame: still, video: film } : film;
}

/** The only place where a percentage stands. */
function logsOf(phase: Phase, progress: number): string {
  return phase === 'queued' ? '' : `0%|          | 0/100\n${progress}%|          | ${progress}/100\n`;
}

function metricsOf({ plan }: Render, endedAt: number) {
  const seconds = (from: number) => Math.max(0, endedAt - from) / 1000;
  return { predict_time: seconds(plan.startsAt), total_time: seconds(plan.createdAt) };
}

function timeOf(moment: number): string {
  return new Date(moment).toISOString();
}

/** Nothing for an event that was not asked for; who asked for none in particular hears all. */
function newsOf({ render, state, url, secret, now }: News): CallbackMessage | undefined {
  const { events } = render.order.echo;
  const event = isTerminal(state.phase) ? 'completed' : 'start';
  if (Array.isArray(events) && !events.includes(event)) return undefined;
  return signed(jsonMessage(url, viewOf({ render, state, oddStatus: false }, now)), secret, now);
}
