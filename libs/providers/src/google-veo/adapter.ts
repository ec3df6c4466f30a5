import {
  type Adapter,
  type AdapterObservation,
  type AdapterOutput,
  failed,
  isSuccess,
  refused,
  type Reply,
  unreadable,
  unreadableSubmit,
} from '@videoapi/provider-kit';
import { z } from 'zod';
import { googleVeoCapabilities } from './capabilities.js';
import { codeOfOperationError, errorIn, failureIn } from './errors.js';
import { bodyOf } from './request.js';
import { auth } from './token.js';

/** Veo on Vertex AI: long-running operations of a publisher model, results in a bucket of ours. */
export const googleVeo: Adapter = {
  capabilities: googleVeoCapabilities,

  *submit(input, { options }) {
    const folder = folderOf(options, input.reference);
    if (folder === undefined) return refused('provider_error', 'The channel has no option storageUri (gs://bucket/…).');
    const body = bodyOf(input, folder);
    if ('problem' in body) return refused('invalid_request', body.problem);
    const { upstreamModel: model } = input;
    const path = `/${encodeURIComponent(model)}:predictLongRunning`;
    const reply = yield { method: 'POST', path, json: body.json, auth, creates: true };
    if (!isSuccess(reply)) return { outcome: 'refused', failure: failureIn(reply) };
    const created = operationSchema.safeParse(reply.body).data;
    if (created === undefined) return unreadableSubmit(reply);
    return { outcome: 'accepted', handle: { id: created.name, model, folder } };
  },

  *poll(handle) {
    const { id, model, folder } = handleSchema.parse(handle);
    const path = `/${encodeURIComponent(model ?? modelIn(id))}:fetchPredictOperation`;
    const reply = yield { method: 'POST', path, json: { operationName: id }, auth };
    if (isSuccess(reply)) return observed(reply, folder);
    const error = errorIn(reply);
    if (reply.status === 404 && error?.status === 'NOT_FOUND') return { state: 'gone' };
    return unreadable(reply, error?.status);
  },

  /** In its own words: no operation was made. A proxy's 503 says nothing. */
  submitRefusal(reply) {
    return reply.status === 503 && errorIn(reply)?.status === 'UNAVAILABLE' ? failureIn(reply) : undefined;
  },
};

/** `folder`: where this attempt's results are, and the only place that they are read from. */
const handleSchema = z.object({
  id: z.string().min(1),
  model: z.string().min(1).optional(),
  folder: z.string().startsWith('gs://').optional(),
});
const operationSchema = z.object({ name: z.string().min(1) });

const videoSchema = z.object({ gcsUri: z.string() });
const pollSchema = operationSchema.extend({
  done: z.unknown().optional(),
  error: z
    .object({ code: z.number(), message: z.string().catch('') })
    .optional()
    .catch(undefined),
  response: z
    .object({
      videos: z.array(z.unknown()).catch([]),
      raiMediaFilteredCount: z.coerce.number().catch(0),
      raiMediaFilteredReasons: z.array(z.string()).catch([]),
    })
    .optional()
    .catch(undefined),
});

/** There is neither a queue nor a percentage. */
function observed(reply: Reply, folder: string | undefined): AdapterObservation {
  const operation = pollSchema.safeParse(reply.body).data;
  if (operation === undefined) return unreadable(reply);
  const { done, error, response } = operation;
  if (done === undefined || done === null || done === false) return { state: 'running' };
  if (done !== true) return { state: 'running', unknownStatus: `done: ${JSON.stringify(done)}`.slice(0, 100) };
  if (error !== undefined) return failed(codeOfOperationError(error.code, error.message), error.message);
  if (response === undefined) return unreadable(reply, 'done without a result');
  const outputs = response.videos.flatMap((video) => outputOf(video, folder) ?? []);
  if (outputs.length > 0) return { state: 'succeeded', outputs, usage: {} };
  if (response.videos.length === 0 && response.raiMediaFilteredCount >= 1) {
    return failed('content_rejected', response.raiMediaFilteredReasons.join(' '));
  }
  return unreadable(reply, 'done without a result in its folder');
}

/** An object is read with our own credential: one outside the attempt's folder is somebody else's. */
function outputOf(video: unknown, folder: string | undefined): AdapterOutput | undefined {
  const uri = videoSchema.safeParse(video).data?.gcsUri;
  if (uri === undefined || folder === undefined || !uri.startsWith(folder)) return undefined;
  const [bucket = '', ...object] = uri.slice('gs://'.length).split('/');
  const path = `/storage/v1/b/${encodeURIComponent(bucket)}/o/${encodeURIComponent(object.join('/'))}`;
  return { kind: 'download', call: { method: 'GET', host: 'storage', path, query: { alt: 'media' }, auth } };
}

function folderOf(options: Readonly<Record<string, unknown>>, reference: string): string | undefined {
  const root = z
    .string()
    .regex(/^gs:\/\/[a-z0-9][a-z0-9._-]+(?:\/|$)/)
    .safeParse(options['storageUri']).data;
  return root === undefined ? undefined : `${root.replace(/\/+$/, '')}/${reference}/`;
}

/** `projects/…/models/{model}/operations/…`. */
function modelIn(name: string): string {
  return /\/models\/([^/]+)\/operations\//.exec(name)?.[1] ?? name;
}
