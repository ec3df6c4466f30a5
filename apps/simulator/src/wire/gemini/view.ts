import { randomUUID } from 'node:crypto';
import { type CallbackMessage, jsonMessage } from '../../callback/message.js';
import { type Phase } from '../../engine/timeline.js';
import { type News, oddStatus, type Sighting, type Wire } from '../wire.js';
import { refuse } from './errors.js';
import { tokensPerSecond } from './models.js';
import { signedByGoogle } from './signing.js';

export const geminiWire: Wire = { name: 'gemini', announces: 'the end', refuse, callback: thinNews };

type Status = 'queued' | 'in_progress' | 'completed' | 'failed' | 'cancelled';
const statuses: Record<Phase, Status> = {
  queued: 'queued',
  running: 'in_progress',
  succeeded: 'completed',
  // A refusal is a success that has only words to show.
  moderated: 'completed',
  failed: 'failed',
  expired: 'failed',
  cancelled: 'cancelled',
};

const errors: Partial<Record<Phase, { code: string; message: string; status?: string }>> = {
  failed: { code: 'internal_error', message: 'The video could not be generated.', status: 'INTERNAL' },
  // What is capped is accepted, and refused when one looks.
  expired: { code: 'too_many_requests', message: 'Too many requests. Please retry in 23.397s.' },
};

/** An interaction as POST and GET show it. */
export function viewOf({ render, state, oddStatus: odd }: Sighting) {
  const { order, plan } = render;
  const error = errors[state.phase];
  return {
    id: render.id,
    object: 'interaction',
    model: order.model,
    status: odd ? oddStatus : statuses[state.phase],
    created: new Date(plan.createdAt).toISOString(),
    updated: new Date(state.since).toISOString(),
    ...(error !== undefined && { error }),
    ...(state.phase === 'succeeded' && !odd && succeeded(render)),
    ...(state.phase === 'moderated' && { steps: output(refusal), usage: { total_output_tokens: 12 } }),
  };
}

const refusal = { type: 'text', text: "I can't create that video." };

function output(block: object) {
  return [{ type: 'model_output', content: [block] }];
}

/** The file is behind the key, and has no name of its own: it is the interaction's. */
function succeeded({ id, order }: Sighting['render']) {
  const uri = `${order.origin}/gemini/v1beta/files/${fileOf(id)}:download?alt=media`;
  const tokens = Math.round((order.durationMs / 1000) * tokensPerSecond);
  return {
    steps: output({ type: 'video', mime_type: 'video/mp4', uri }),
    usage: {
      total_input_tokens: 310,
      total_output_tokens: tokens + 258,
      output_tokens_by_modality: [{ modality: 'video', tokens }],
    },
  };
}

const prefix = 'v1_';

export function interactionId(name: string): string {
  return prefix + name;
}

function fileOf(id: string): string {
  return id.slice(prefix.length);
}

/** How long a file is `PROCESSING` after its interaction has completed. Milliseconds; with Google up to 95 seconds. */
export const processingMs = 150;

export function isActive({ state }: Sighting, now: number): boolean {
  return state.phase === 'succeeded' && now >= state.since + processingMs;
}

const events: Partial<Record<Status, string>> = {
  completed: 'interaction.completed',
  failed: 'interaction.failed',
  cancelled: 'interaction.cancelled',
};

/** Says that it has ended, and hardly more: the interaction is to be read. */
function thinNews({ render, state, url, secret, now }: News): CallbackMessage {
  const error = errors[state.phase];
  const body = {
    type: events[statuses[state.phase]],
    version: 'v1',
    timestamp: new Date(now).toISOString(),
    data: { id: render.id, ...(error !== undefined && { error_code: error.code, error_message: error.message }) },
    user_metadata: render.order.echo.user_metadata,
  };
  return signedByGoogle(jsonMessage(url, body), secret, now, randomUUID());
}
