import {
  type Adapter,
  type AdapterObservation,
  type Call,
  failed,
  isSuccess,
  progressOf,
  refused,
  type Reply,
  unreadable,
  unreadableSubmit,
  urlOf,
} from '@videoapi/provider-kit';
import { z } from 'zod';
import { xaiCapabilities } from './capabilities.js';
import { codeOfError, errorIn, isModeration, isNotFound } from './errors.js';
import { orderOf } from './request.js';

/** Grok Imagine on xAI's own API. */
export const xai: Adapter = {
  capabilities: xaiCapabilities,

  *submit(input) {
    const order = orderOf(input);
    if ('problem' in order) return refused('invalid_request', order.problem);
    const reply = yield { method: 'POST', ...order, auth, creates: true };
    if (isSuccess(reply)) {
      const id = createdSchema.safeParse(reply.body).data?.request_id;
      return id === undefined ? unreadableSubmit(reply) : { outcome: 'accepted', handle: { id } };
    }
    const error = errorIn(reply);
    return refused(codeOfError(error, reply.status), error?.message ?? '', reply);
  },

  *poll(handle) {
    const { id } = handleSchema.parse(handle);
    const reply = yield { method: 'GET', path: `/videos/${encodeURIComponent(id)}`, auth };
    if (isSuccess(reply)) return observed(reply, videoSchema.safeParse(reply.body).data);
    const error = errorIn(reply);
    // The one refusal that is an ending: the render was made, stopped by moderation, and charged to us.
    if (reply.status === 400 && isModeration(error)) return failed('content_rejected', error?.message ?? '');
    return isNotFound(reply) ? { state: 'gone' } : unreadable(reply, error?.code);
  },
};

const auth = { put: 'bearer', credential: 'apiKey' } as const satisfies Call['auth'];
const handleSchema = z.object({ id: z.string().min(1) });
const createdSchema = z.object({ request_id: z.string().min(1) });

const videoSchema = z.object({
  status: z.string().optional(),
  progress: z.unknown().optional(),
  video: z
    .object({ url: z.unknown().optional(), respect_moderation: z.boolean().nullish() })
    .nullish()
    .catch(undefined),
  error: z
    .object({ code: z.string().catch(''), message: z.string().catch('') })
    .nullish()
    .catch(undefined),
  usage: z.object({ cost_in_usd_ticks: z.int().positive() }).nullish().catch(undefined),
});
type Video = z.output<typeof videoSchema>;

function observed(reply: Reply, video: Video | undefined): AdapterObservation {
  // 202 says "not yet" by itself; its body may be empty.
  if (reply.status === 202) return pending(video);
  if (video === undefined) return unreadable(reply);
  switch (video.status) {
    case 'pending':
      return pending(video);
    case 'done':
      return done(reply, video);
    case 'failed':
      return failed(codeOfEnding(video), video.error?.message ?? '');
    case 'expired':
      return failed('expired', 'The provider did not render it in time.');
    case undefined:
      return urlOf(video.video?.url) === undefined ? unreadable(reply) : done(reply, video);
    default:
      return { state: 'running', unknownStatus: video.status.slice(0, 100) };
  }
}

/** There is no word for waiting: no progress is taken for it. */
function pending(video: Video | undefined): AdapterObservation {
  const progress = progressOf(video?.progress);
  return progress === undefined || progress === 0 ? { state: 'queued' } : { state: 'running', progress };
}

function done(reply: Reply, { video, usage }: Video): AdapterObservation {
  if (video === undefined || video === null) return unreadable(reply, 'done without a result');
  const url = urlOf(video.url);
  // What moderation has stopped is `done` as well, with no URL or with one that shows nothing.
  if (video.respect_moderation === false || video.url === '' || video.url === null || video.url === undefined)
    return failed('content_rejected', 'The video was stopped by moderation.');
  if (url === undefined) return unreadable(reply, 'done, but its result is no URL');
  const ticks = usage?.cost_in_usd_ticks;
  return {
    state: 'succeeded',
    outputs: [{ kind: 'url', url }],
    usage: { ...(ticks !== undefined && { cost: `${ticks / ticksPerDollar} USD` }) },
  };
}

const ticksPerDollar = 1e10;

/** After acceptance a permission or an outage is the provider's own affair; content stays content. */
function codeOfEnding({ error }: Video) {
  const code = codeOfError(error ?? undefined, 500);
  return code === 'content_rejected' || code === 'invalid_request' ? code : 'provider_error';
}
