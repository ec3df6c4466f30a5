import {
  type Adapter,
  type AdapterObservation,
  type Call,
  failed,
  isSuccess,
  refused,
  type Reply,
  type SubmitOutcome,
  unreadable,
  unreadableSubmit,
  urlOf,
} from '@videoapi/provider-kit';
import { z } from 'zod';
import { auth } from './auth.js';
import { pixverseCapabilities } from './capabilities.js';
import { answerIn, codeOfReply, isFault, meaningOf } from './errors.js';
import { type ImageId, orderOf } from './request.js';

/** PixVerse's platform API. */
export const pixverse: Adapter = {
  capabilities: pixverseCapabilities,

  *submit(input) {
    const order = orderOf(input);
    if ('problem' in order) return refused('invalid_request', order.problem);
    const ids: ImageId[] = [];
    for (const image of order.images) {
      const uploaded = imageIn(yield uploadOf(image));
      if ('outcome' in uploaded) return uploaded;
      ids.push(uploaded.id);
    }
    const json = order.bodyWith(ids);
    // Arrived twice, it is one video.
    const headers = { 'ai-trace-id': input.reference };
    return submitted(yield { method: 'POST', path: order.path, json, headers, auth, creates: true });
  },

  *poll(handle) {
    const { id } = handleSchema.parse(handle);
    const reply = yield { method: 'GET', path: `/video/result/${encodeURIComponent(id)}`, auth };
    const answer = isSuccess(reply) ? answerIn(reply) : undefined;
    if (answer === undefined) return unreadable(reply);
    if (answer.code === 0) return observed(reply, videoSchema.safeParse(answer.content).data);
    if (answer.code === noSuchVideo) return { state: 'gone' };
    if (answer.code === deleted) return failed('provider_error', answer.message);
    if (meaningOf(answer) === 'content_rejected') return failed('content_rejected', answer.message);
    return unreadable(reply, `code ${answer.code}`);
  },
};

const noSuchVideo = 500_008;
const deleted = 500_064;

const handleSchema = z.object({ id: z.string().min(1) });
/** A number that may be too long for one, and then arrives as its digits. */
const idSchema = z.union([z.string().regex(/^\d+$/), z.int().positive().transform(String)]);
const createdSchema = z.object({ video_id: idSchema });
const imageSchema = z.object({ img_id: z.union([z.int().positive(), z.string().min(1)]) });

function uploadOf(url: string): Call {
  return { method: 'POST', path: '/image/upload', multipart: [{ name: 'image_url', value: url }], auth };
}

/** Nothing has been started by now: whatever goes wrong, another provider may be asked. */
function imageIn(reply: Reply): { readonly id: ImageId } | SubmitOutcome {
  const answer = answerIn(reply);
  if (!isSuccess(reply)) return refused(codeOfReply(reply), answer?.message ?? '', reply);
  if (answer !== undefined && answer.code !== 0) {
    return refused(meaningOf(answer) ?? 'provider_unavailable', answer.message, reply);
  }
  const id = imageSchema.safeParse(answer?.content).data?.img_id;
  return id === undefined ? refused('provider_unavailable', 'An upload was answered without an image.', reply) : { id };
}

/** Errors stand in a success: only a code that is known, or no content beside it, means that nothing was made. */
function submitted(reply: Reply): SubmitOutcome {
  const answer = answerIn(reply);
  if (!isSuccess(reply)) return refused(codeOfReply(reply), answer?.message ?? '', reply);
  if (answer === undefined) return unreadableSubmit(reply);
  const id = createdSchema.safeParse(answer.content).data?.video_id;
  if (answer.code === 0) {
    return id === undefined ? unreadableSubmit(reply) : { outcome: 'accepted', handle: { id } };
  }
  const meaning = meaningOf(answer) ?? (answer.content === null ? 'provider_error' : undefined);
  if (isFault(answer) || meaning === undefined || id !== undefined) {
    return { outcome: 'unknown', reason: `code ${answer.code}: it may have been taken` };
  }
  return refused(meaning, answer.message, reply);
}

const videoSchema = z.object({
  status: z.int(),
  url: z.unknown().optional(),
  credits: z.number().nonnegative().optional().catch(undefined),
});
type Video = z.output<typeof videoSchema>;

function observed(reply: Reply, video: Video | undefined): AdapterObservation {
  if (video === undefined) return unreadable(reply);
  switch (video.status) {
    case 1: {
      const url = urlOf(video.url);
      if (url === undefined) return unreadable(reply, 'succeeded without a result');
      const usage = video.credits === undefined ? {} : { cost: `${video.credits} credits` };
      return { state: 'succeeded', outputs: [{ kind: 'url', url }], usage };
    }
    case 5:
      return { state: 'running' };
    case 9:
    case 10:
      return { state: 'queued' };
    case 6:
      return failed('provider_error', 'The video was deleted.');
    case 7:
      return failed('content_rejected', 'The video did not pass moderation.');
    case 8:
      return failed('provider_error', 'The generation failed.');
    default:
      return { state: 'running', unknownStatus: String(video.status) };
  }
}
