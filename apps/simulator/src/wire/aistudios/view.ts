import { jsonMessage } from '../../callback/message.js';
import { type Refusal, type RefusalKind } from '../../http/refusal.js';
import { fileUrl, oddStatus, type News, type Sighting, type Wire, type WireReply } from '../wire.js';

/** Calls back again and again, unsigned, without saying which project it speaks of. */
export const aistudiosWire: Wire = {
  name: 'aistudios',
  announces: 'every change',
  refuse,
  callback: (news) => jsonMessage(news.url, newsOf(news)),
};

export function success<Data>(data: Data) {
  return { success: true, data };
}

export function failure(code: string | number, msg: string) {
  return { success: false, error: { code, msg } };
}

/** Its codes are unpublished: some words, a number. Most of what is wrong is said with HTTP 200. */
const renderings: Record<RefusalKind, { status: number; code: string | number }> = {
  bad_credentials: { status: 401, code: 'UNAUTHORIZED' },
  no_balance: { status: 200, code: 402 },
  rate_limited: { status: 429, code: 'TOO_MANY_REQUESTS' },
  overloaded: { status: 503, code: 'UNAVAILABLE' },
  server_error: { status: 500, code: 'INTERNAL' },
  moderated: { status: 200, code: 'CONTENT_PROHIBITED' },
  invalid: { status: 200, code: 'INVALID_PARAMETER' },
  model_not_found: { status: 200, code: 'MODEL_NOT_FOUND' },
  not_found: { status: 200, code: 'PROJECT_NOT_FOUND' },
  conflict: { status: 200, code: 'CONFLICT' },
};

function refuse({ kind, message, param }: Refusal): WireReply {
  const { status, code } = renderings[kind];
  return { status, body: failure(code, param === undefined ? message : `${param}: ${message}`) };
}

export interface Progress {
  readonly progress?: number;
  readonly state?: string;
  readonly downloadUrl?: string;
  readonly error?: { readonly code: string; readonly msg: string };
}

/** Percentages with decimals. At 100 the link is not always there yet. How a failure looks is a guess. */
export function progressOf({ render, state, oddStatus: odd }: Sighting, isLinked: boolean): Progress {
  const { phase, progress } = state;
  if (odd) return { state: oddStatus };
  if (phase === 'queued') return { progress: 0, state: 'wait' };
  if (phase === 'running') return { progress: progress + 0.37, state: 'synthesis' };
  if (phase === 'succeeded') return { progress: 100, ...(isLinked && { downloadUrl: fileUrl(render) }) };
  const error = phase === 'moderated' ? { code: 'CONTENT_PROHIBITED', msg: 'The script is not allowed.' } : undefined;
  return { progress, state: 'failed', ...(error && { error }) };
}

/** In the list of projects, which has those that are ready only. */
export function listed({ render }: Sighting) {
  const { id, order } = render;
  return { id, name: order.echo['name'], state: 'exported', download_url: fileUrl(render) };
}

export function projectOf(seen: Sighting) {
  const { render, state } = seen;
  const { id, order, plan } = render;
  const succeeded = state.phase === 'succeeded';
  return {
    _id: id,
    ...order.echo,
    state: succeeded ? 'exported' : state.phase,
    progress: state.progress,
    backendTaskId: backendTaskId(id),
    creditSubstracted: succeeded ? creditOf(seen) : 0,
    createdAt: new Date(plan.createdAt).toISOString(),
    updatedAt: new Date(state.since).toISOString(),
    ...(succeeded && { download_url: fileUrl(render) }),
  };
}

function newsOf({ render, state }: Pick<News, 'render' | 'state'>) {
  const succeeded = state.phase === 'succeeded';
  return {
    progress: state.progress,
    backendTaskId: backendTaskId(render.id),
    ...(succeeded && { credit: creditOf({ render }), download_url: fileUrl(render) }),
  };
}

/** Another id than the project's. */
function backendTaskId(id: string): string {
  return id.slice(2) + id.slice(0, 2);
}

/** One for five seconds. */
function creditOf({ render }: Pick<Sighting, 'render'>): number {
  return Math.ceil(render.order.durationMs / 5000);
}
