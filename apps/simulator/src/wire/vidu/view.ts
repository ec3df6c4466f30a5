import { createHmac, randomUUID } from 'node:crypto';
import { jsonMessage, type CallbackMessage } from '../../callback/message.js';
import { type Phase } from '../../engine/timeline.js';
import { fileUrl, type News, oddStatus, type Sighting, type Wire } from '../wire.js';
import { refuse } from './errors.js';
import { type ListQuery } from './schema.js';

/** Calls back with the body of GET on every change, signed with the key that created the task. */
export const viduWire: Wire = { name: 'vidu', announces: 'every change', refuse, callback: signedNews };

type State = 'queueing' | 'processing' | 'success' | 'failed';
const states: Record<Phase, State> = {
  queued: 'queueing',
  running: 'processing',
  succeeded: 'success',
  failed: 'failed',
  moderated: 'failed',
  expired: 'failed',
  cancelled: 'failed',
};

const codes: Partial<Record<Phase, string>> = {
  failed: 'InternalServiceFailure',
  moderated: 'CreationPolicyViolation',
  expired: 'InternalServiceFailure',
  cancelled: 'UserCancelled',
};

/** What a submit answers: `task_id` here, `id` everywhere else. */
export function createdOf({ render }: Sighting) {
  const { order, plan } = render;
  const { type, bgm: _, ...echo } = order.echo;
  const images = order.inputs.length === 0 ? {} : { images: order.inputs };
  return {
    task_id: render.id,
    type,
    state: 'created',
    model: order.model,
    prompt: order.prompt,
    ...images,
    ...echo,
    created_at: new Date(plan.createdAt).toISOString(),
  };
}

/** What GET and callbacks show. A failure has a code, no message, and costs nothing. */
export function viewOf({ render, state, oddStatus: odd }: Sighting) {
  const { order } = render;
  const { payload, bgm, off_peak: offPeak, credits } = order.echo;
  const shown = states[state.phase];
  return {
    id: render.id,
    state: odd ? oddStatus : shown,
    err_code: codes[state.phase] ?? '',
    credits: shown === 'failed' ? 0 : credits,
    payload,
    bgm,
    off_peak: offPeak,
    creations: shown === 'success' && !odd ? [creationOf(render)] : [],
  };
}

function creationOf(render: Sighting['render']) {
  return {
    id: `${render.id.slice(0, -4)}9001`,
    url: `${fileUrl(render)}?X-Amz-Expires=86400`,
    cover_url: fileUrl(render, 'webp'),
    watermarked_url: fileUrl(render),
  };
}

/** Newest first, of the last seven days as far as there are any; a page's token is where the next one begins. */
export function listOf(seen: readonly Sighting[], query: ListQuery) {
  const { 'created_at.from': from, 'created_at.to': to, task_ids: ids, states: wanted } = query;
  const matching = seen.filter(({ render, state }) => {
    const at = render.plan.createdAt;
    return (
      (ids === undefined || ids.includes(render.id)) &&
      (wanted === undefined || wanted.includes(states[state.phase])) &&
      (from === undefined || at >= Date.parse(from)) &&
      (to === undefined || at <= Date.parse(to))
    );
  });
  const size = query['pager.pagesz'];
  const start = Number(query['pager.page_token'] ?? query['pager.page'] * size);
  const next = start + size;
  return {
    tasks: matching.slice(start, next).map(itemOf),
    next_page_token: next < matching.length ? String(next) : '',
  };
}

function itemOf(sighting: Sighting) {
  const { order, plan } = sighting.render;
  const { type, duration, resolution, aspect_ratio } = order.echo;
  return {
    ...viewOf(sighting),
    key_id: order.account,
    type,
    model: order.model,
    prompt: order.prompt,
    images: order.inputs,
    duration,
    resolution,
    aspect_ratio,
    created_at: new Date(plan.createdAt).toISOString(),
  };
}

const signedHeaders = 'Date;x-request-nonce';

/** Base64 HMAC-SHA-256 over method, path, query, `vidu`, date and the named headers; the body is left out. */
function signedNews({ render, state, url, secret, now }: News): CallbackMessage {
  const message = jsonMessage(url, viewOf({ render, state, oddStatus: false }));
  const { pathname, search } = new URL(url);
  const date = new Date(now).toUTCString();
  const nonce = randomUUID();
  const text = `POST\n${pathname}\n${search.slice(1)}\nvidu\n${date}\nDate:${date}\nx-request-nonce:${nonce}\n`;
  return {
    ...message,
    headers: {
      ...message.headers,
      Date: date,
      'x-request-nonce': nonce,
      'X-HMAC-ALGORITHM': 'hmac-sha256',
      'X-HMAC-ACCESS-KEY': 'vidu',
      'X-HMAC-SIGNED-HEADERS': signedHeaders,
      'X-HMAC-SIGNATURE': createHmac('sha256', secret).update(text).digest('base64'),
    },
  };
}
