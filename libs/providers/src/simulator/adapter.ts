import {
  type Adapter,
  type AdapterObservation,
  type Call,
  codeOfStatus,
  failed,
  failureOf,
  isSuccess,
  progressOf,
  refused,
  type Reply,
  type SubmitInput,
  type SubmitOutcome,
  unreadable,
  unreadableSubmit,
  urlOf,
} from '@videoapi/provider-kit';
import { z } from 'zod';
import { simulatorCapabilities } from './capabilities.js';

/** It accepts while the submit is answered, so what is not listed a moment later is not there. */
const settleMs = 2_000;

/** The sandbox's own wire format: apps/simulator/README.md. */
export const simulator: Adapter = {
  capabilities: simulatorCapabilities,

  *submit(input) {
    const reply = yield { method: 'POST', path: videos, json: bodyOf(input), auth, creates: true };
    return submitted(reply);
  },

  *poll(handle) {
    const { id } = handleSchema.parse(handle);
    const reply = yield { method: 'GET', path: `${videos}/${encodeURIComponent(id)}`, auth };
    if (reply.status === 404 && errorIn(reply)?.code === 'not_found') return { state: 'gone' };
    return isSuccess(reply) ? observed(reply, videoSchema.safeParse(reply.body).data) : unreadable(reply);
  },

  *pollMany(handles) {
    const ids = handles.map((handle) => handleSchema.parse(handle).id);
    const reply = yield { method: 'GET', path: videos, query: { id: ids }, auth };
    const list = isSuccess(reply) ? listSchema.safeParse(reply.body).data : undefined;
    const byId = new Map(list?.videos.map((video) => [video.id, video]));
    return ids.map((id) => {
      const video = byId.get(id);
      return video === undefined ? undefined : observed(reply, video);
    });
  },

  *cancel(handle) {
    const { id } = handleSchema.parse(handle);
    const reply = yield { method: 'POST', path: `${videos}/${encodeURIComponent(id)}/cancel`, json: {}, auth };
    if (isSuccess(reply))
      return videoSchema.safeParse(reply.body).data?.status === 'cancelled' ? 'cancelled' : 'unknown';
    return errorIn(reply)?.code === 'conflict' ? 'too_late' : 'unknown';
  },

  *lookup({ reference }) {
    const reply = yield { method: 'GET', path: videos, query: { reference, limit: '1' }, auth };
    const list = isSuccess(reply) ? listSchema.safeParse(reply.body).data : undefined;
    if (list === undefined) return { outcome: 'cannot_tell', reason: `status ${reply.status}: not a list` };
    const [video] = list.videos;
    return video === undefined ? { outcome: 'absent', settleMs } : { outcome: 'found', handle: { id: video.id } };
  },
};

const videos = '/v1/videos';
const auth = { put: 'bearer', credential: 'apiKey' } as const satisfies Call['auth'];
const handleSchema = z.object({ id: z.string().min(1) });

const videoSchema = z.object({
  id: z.string().min(1),
  status: z.string(),
  progress: z.unknown().optional(),
  error: z.object({ code: z.string(), message: z.string() }).nullish().catch(undefined),
  output: z.object({ url: z.string() }).nullish().catch(undefined),
});
type Video = z.output<typeof videoSchema>;
const listSchema = z.object({ videos: z.array(videoSchema) });
const errorSchema = z.object({ error: z.object({ code: z.string(), message: z.string().default('') }) });

function bodyOf({ reference, upstreamModel, request, callbackUrl }: SubmitInput) {
  const inputs = [
    ...(request.firstFrame === undefined ? [] : [{ type: 'image', url: request.firstFrame, role: 'first_frame' }]),
    ...(request.lastFrame === undefined ? [] : [{ type: 'image', url: request.lastFrame, role: 'last_frame' }]),
    ...request.images.map((url) => ({ type: 'image', url })),
    ...request.videos.map((url) => ({ type: 'video', url })),
    ...request.audios.map((url) => ({ type: 'audio', url })),
  ];
  return {
    reference,
    model: upstreamModel,
    prompt: request.prompt,
    duration_seconds: request.duration === 'auto' ? undefined : request.duration,
    resolution: request.resolution,
    aspect_ratio: request.aspectRatio,
    audio: request.generateAudio,
    inputs,
    seed: request.seed,
    callback_url: callbackUrl ?? undefined,
  };
}

function submitted(reply: Reply): SubmitOutcome {
  if (isSuccess(reply)) {
    const video = videoSchema.safeParse(reply.body).data;
    return video === undefined ? unreadableSubmit(reply) : { outcome: 'accepted', handle: { id: video.id } };
  }
  const error = errorIn(reply);
  const code = error?.code === 'moderated' ? 'content_rejected' : codeOfStatus(reply.status);
  return refused(code, error?.message ?? '', reply);
}

function observed(reply: Reply, video: Video | undefined): AdapterObservation {
  if (video === undefined) return unreadable(reply);
  switch (video.status) {
    case 'queued':
      return { state: 'queued' };
    case 'running':
      return running(video);
    case 'succeeded': {
      const url = urlOf(video.output?.url);
      if (url === undefined) return unreadable(reply, 'succeeded without a result');
      return { state: 'succeeded', outputs: [{ kind: 'url', url }], usage: {} };
    }
    case 'failed':
      return { state: 'failed', failure: failureOf(codeOfError(video.error?.code), video.error?.message ?? '') };
    case 'cancelled':
      return failed('cancelled', 'The render was cancelled.');
    default:
      return { ...running(video), unknownStatus: video.status.slice(0, 100) };
  }
}

function running({ progress }: Video): { state: 'running'; progress?: number } {
  const percent = progressOf(progress);
  return { state: 'running', ...(percent !== undefined && { progress: percent }) };
}

function codeOfError(code: string | undefined) {
  if (code === 'content_rejected') return 'content_rejected';
  return code === 'expired' ? 'expired' : 'provider_error';
}

function errorIn(reply: Reply): { code: string; message: string } | undefined {
  return errorSchema.safeParse(reply.body).data?.error;
}
