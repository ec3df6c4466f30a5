import {
  type Adapter,
  type AdapterChannel,
  type AdapterObservation,
  type AdapterOutput,
  type Call,
  failed,
  failureOf,
  isSuccess,
  progressOf,
  refused,
  type Reply,
  unreadable,
  unreadableSubmit,
} from '@videoapi/provider-kit';
import { z } from 'zod';
import { openaiCompatibleCapabilities } from './capabilities.js';
import { type Profile, profileOf } from './profile.js';
import { codeOfError, errorIn, isGone, videoIn, type WireVideo } from './reply.js';
import { bodyOf } from './request.js';

/** Whoever speaks OpenAI's Videos API, more or less. */
export const openaiCompatible: Adapter = {
  capabilities: openaiCompatibleCapabilities,

  *submit(input, { options }) {
    const profile = profileOf(options);
    const body = bodyOf(input, profile);
    if ('problem' in body) return refused('invalid_request', body.problem);
    const headers = { 'x-client-request-id': input.reference };
    const reply = yield { method: 'POST', path: profile.createPath, headers, ...body, auth, creates: true };
    if (isSuccess(reply)) {
      const id = videoIn(reply.body)?.id;
      return id === undefined ? unreadableSubmit(reply) : { outcome: 'accepted', handle: { id } };
    }
    const error = errorIn(reply);
    return refused(codeOfError(error, reply.status), error?.message ?? '', reply);
  },

  *poll(handle, channel) {
    const { id } = handleSchema.parse(handle);
    const profile = profileOf(channel.options);
    const reply = yield { method: 'GET', path: pathOf(profile.getPath, id), auth };
    if (isGone(reply)) return { state: 'gone' };
    const video = isSuccess(reply) ? videoIn(reply.body) : undefined;
    return video === undefined
      ? unreadable(reply, errorIn(reply)?.code)
      : observed(reply, video, () => outputOf(id, video, profile, channel));
  },
};

const auth = { put: 'bearer', credential: 'apiKey' } as const satisfies Call['auth'];
const handleSchema = z.object({ id: z.string().min(1) });

/** OpenAI's four words, and those that resellers put in their place. */
function observed(reply: Reply, video: WireVideo, output: () => AdapterOutput | undefined): AdapterObservation {
  switch (video.status) {
    case undefined:
      return unreadable(reply);
    case 'queued':
    case 'pending':
    case 'submitted':
    case 'not_start':
      return { state: 'queued' };
    case 'in_progress':
    case 'processing':
    case 'running':
      return running(video);
    case 'completed':
    case 'succeeded':
    case 'success': {
      const found = output();
      if (found === undefined) return unreadable(reply, 'completed without a result');
      return { state: 'succeeded', outputs: [found], usage: {} };
    }
    case 'failed':
    case 'failure':
    case 'error':
      return { state: 'failed', failure: failureOf(codeOfFailure(video), video.error?.message ?? '') };
    case 'cancelled':
    case 'canceled':
      return failed('cancelled', video.error?.message ?? 'The render was cancelled.');
    case 'expired':
      return failed('expired', video.error?.message ?? 'The provider did not render it in time.');
    default:
      return { ...running(video), unknownStatus: video.status.slice(0, 100) };
  }
}

function running({ progress }: WireVideo): { state: 'running'; progress?: number } {
  const percent = progressOf(progress);
  return { state: 'running', ...(percent !== undefined && { progress: percent }) };
}

/** After acceptance all but content and parameters is the provider's own affair. */
function codeOfFailure({ error }: WireVideo) {
  const code = codeOfError(error, 500);
  return code === 'content_rejected' || code === 'invalid_request' ? code : 'provider_error';
}

/** A public URL where there is one; a link below the base URL, and none at all, needs the key. */
function outputOf(
  id: string,
  { url }: WireVideo,
  profile: Profile,
  { baseUrl }: AdapterChannel,
): AdapterOutput | undefined {
  if (url !== undefined && !url.startsWith(`${baseUrl}/`)) return { kind: 'url', url };
  if (profile.contentPath === null) return url === undefined ? undefined : { kind: 'url', url };
  return { kind: 'download', call: { method: 'GET', path: pathOf(profile.contentPath, id), auth } };
}

function pathOf(template: string, id: string): string {
  return template.replace('{id}', encodeURIComponent(id));
}
