import { type Phase } from '../../engine/timeline.js';
import { type Refusal, type RefusalKind } from '../../http/refusal.js';
import { fileUrl, oddStatus, type Sighting, type Wire, type WireReply } from '../wire.js';

/** It calls nobody back. */
export const videoapiWire: Wire = { name: 'videoapi', announces: 'nothing', refuse };

const refusals: Record<RefusalKind, number> = {
  bad_credentials: 401,
  no_balance: 402,
  rate_limited: 429,
  overloaded: 503,
  server_error: 500,
  moderated: 422,
  invalid: 422,
  model_not_found: 400,
  not_found: 404,
  conflict: 409,
};

/** As FastAPI has it: a reason in `detail`, or a list of fields that are not valid. */
function refuse({ kind, message, param, invalidity }: Refusal): WireReply {
  const issue = {
    loc: ['body', ...(param ?? '').split('.')],
    msg: invalidity === 'missing' ? 'field required' : message,
    type: invalidity === 'missing' ? 'value_error.missing' : 'value_error',
  };
  const isField = kind === 'invalid' && param !== undefined;
  const detail = kind === 'no_balance' ? 'insufficient credits' : message;
  return { status: refusals[kind], body: { detail: isField ? [issue] : detail } };
}

const statuses: Record<Phase, 'pending' | 'processing' | 'completed' | 'failed'> = {
  queued: 'pending',
  running: 'processing',
  succeeded: 'completed',
  failed: 'failed',
  moderated: 'failed',
  expired: 'failed',
  cancelled: 'failed',
};

/** No code, whatever it was. */
const reasons: Partial<Record<Phase, string>> = {
  failed: 'generation failed',
  moderated: 'upstream rejected the prompt',
  expired: 'generation timed out',
  cancelled: 'generation failed',
};

export function acceptedOf({ render }: Sighting) {
  return { task_id: render.id, status: 'pending', poll_interval_seconds: 30 };
}

/** The link stands in three places; credits are given back for whatever failed. */
export function viewOf({ render, state, oddStatus: odd }: Sighting) {
  const { id, order } = render;
  const succeeded = state.phase === 'succeeded';
  const message = reasons[state.phase];
  const url = fileUrl(render);
  const reserved = order.echo['credits'];
  return {
    task_id: id,
    status: odd ? oddStatus : statuses[state.phase],
    url: succeeded ? url : null,
    videos: succeeded ? [url] : [],
    ...((succeeded || message !== undefined) && { generated: succeeded ? [url] : [], outputs: [] }),
    ...(succeeded && {
      format: 'mp4',
      metadata: {
        credits_reserved: reserved,
        public_model: order.model,
        asset_reference_style: '@Image1/@Video1/@Audio1',
      },
    }),
    credits_reserved: reserved,
    credits_refunded: message !== undefined,
    error: message === undefined ? null : { message },
  };
}
