import { type Phase } from '../../engine/timeline.js';
import { fileUrl, oddStatus, type Sighting, type Wire, type WireReply } from '../wire.js';
import { failureBody, refuse } from './errors.js';

/** Calls nobody back. */
export const jimengWire: Wire = { name: 'jimeng', announces: 'nothing', refuse };

const succeeded = 10_000;

/** A render that fails is done, with nothing to show for it. */
const statuses: Partial<Record<Phase, string>> = {
  queued: 'in_queue',
  running: 'generating',
  succeeded: 'done',
  failed: 'done',
  expired: 'expired',
};

export function createdOf({ render }: Sighting, requestId: string) {
  return successBody({ task_id: render.id }, requestId);
}

/** A result that the review refused is an error of the call that asks for it. */
export function resultOf({ render, state: { phase }, oddStatus: odd }: Sighting, requestId: string): WireReply {
  if (phase === 'moderated') return { status: 400, body: failureBody(50511, 'Post Img Risk Not Pass', requestId) };
  const url = phase === 'succeeded' ? fileUrl(render) : '';
  return { status: 200, body: stateBody(odd ? oddStatus : (statuses[phase] ?? 'not_found'), url, requestId) };
}

/** No such task, one that is too old, or another `req_key` than the one it was made with. */
export function notFoundOf(requestId: string): WireReply {
  return { status: 200, body: stateBody('not_found', '', requestId) };
}

function stateBody(status: string, url: string, requestId: string) {
  return successBody({ binary_data_base64: null, image_urls: null, resp_data: '', status, video_url: url }, requestId);
}

function successBody(data: object, requestId: string) {
  return { code: succeeded, data, message: 'Success', request_id: requestId, status: succeeded, time_elapsed: '20ms' };
}
