import { type CallbackMessage, jsonMessage } from '../../callback/message.js';
import { type Render } from '../../engine/render.js';
import { isTerminal, type Phase } from '../../engine/timeline.js';
import { fileUrl, type News, oddStatus, type Sighting, type Wire, type WireReply } from '../wire.js';
import { flagged, refuse } from './errors.js';
import { signedByFal } from './signing.js';

export const falWire: Wire = { name: 'fal', announces: 'the end', refuse, callback: signedNews };

/** What a submit answers: these addresses, without the rest of the model, are the only ones that work. */
export function createdOf({ render }: Sighting) {
  return { ...addressesOf(render), status: 'IN_QUEUE', queue_position: 0 };
}

function addressesOf({ id, order }: Render) {
  const url = `${order.origin}/fal/${String(order.echo['app'])}/requests/${id}`;
  return { request_id: id, response_url: url, status_url: `${url}/status`, cancel_url: `${url}/cancel` };
}

/** 202 until it is finished. `COMPLETED` says no more than that: the result says how. */
export function statusOf({ render, state, oddStatus: odd }: Sighting): WireReply {
  const common = addressesOf(render);
  if (odd) return { status: 202, body: { ...common, status: oddStatus } };
  if (state.phase === 'queued') return { status: 202, body: { ...common, status: 'IN_QUEUE', queue_position: 1 } };
  if (state.phase === 'running') return { status: 202, body: { ...common, status: 'IN_PROGRESS', logs: null } };
  const seconds = (state.since - render.plan.startsAt) / 1000;
  return { status: 200, body: { ...common, status: 'COMPLETED', metrics: { inference_time: Math.max(0, seconds) } } };
}

/** Errors of the platform name their type in a header as well. */
function platform(status: number, detail: string, type: string, isRetryable: boolean): WireReply {
  return {
    status,
    headers: { 'x-fal-error-type': type, 'x-fal-retryable': isRetryable ? '1' : '0' },
    body: { detail, error_type: type },
  };
}

const failures: Partial<Record<Phase, WireReply>> = {
  moderated: { status: 422, body: flagged },
  failed: platform(503, 'Runner disconnected', 'runner_disconnected', true),
  expired: platform(504, 'Request timed out', 'request_timeout', false),
  cancelled: platform(499, 'Request was cancelled', 'client_cancelled', false),
};

export function resultOf({ render, state }: Pick<Sighting, 'render' | 'state'>): WireReply {
  if (!isTerminal(state.phase)) return { status: 400, body: { detail: 'Request is still in progress' } };
  return failures[state.phase] ?? { status: 200, body: outputOf(render) };
}

function outputOf(render: Render) {
  return {
    video: {
      url: fileUrl(render),
      content_type: 'video/mp4',
      file_name: `${render.id}.mp4`,
      file_size: render.file?.bytes ?? 0,
    },
    seed: render.order.echo['seed'],
  };
}

/** Once, when it has ended, with what the result says. */
function signedNews({ render, state, url, secret, now }: News): CallbackMessage {
  const { status, body } = resultOf({ render, state });
  const isWell = state.phase === 'succeeded';
  const message = jsonMessage(url, {
    request_id: render.id,
    gateway_request_id: render.id,
    status: isWell ? 'OK' : 'ERROR',
    ...(!isWell && { error: `Invalid status code: ${status}` }),
    payload: body,
  });
  return signedByFal(message, { id: render.id, user: render.order.account, secret, now });
}
