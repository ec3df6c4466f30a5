import { type FailureCode } from '@videoapi/contracts';
import { codeOfStatus, type Reply, urlOf } from '@videoapi/provider-kit';
import { z } from 'zod';

/** A video as any of them shows it. */
export interface WireVideo {
  readonly id: string | undefined;
  /** In lower case. */
  readonly status: string | undefined;
  readonly progress: unknown;
  readonly url: string | undefined;
  readonly error: WireError | undefined;
}

export interface WireError {
  readonly code: string;
  readonly type: string;
  readonly message: string;
  /** The field of the request that it is about. */
  readonly param: string;
}

const record = z.record(z.string(), z.unknown());
const errorSchema = z.object({
  code: z.unknown().optional(),
  type: z.unknown().optional(),
  message: z.string(),
  param: z.unknown().optional(),
});
/** Where a public URL has been seen, the likeliest first. */
const urlFields = ['video_url', 'url', 'metadata.url', 'metadata.video_url', 'result_url', 'output.url', 'data.url'];

/** The video in a reply; some wrap it as `{ code: "success", data: { … } }`. Undefined for what is no object at all. */
export function videoIn(body: unknown): WireVideo | undefined {
  const outer = record.safeParse(body).data;
  if (outer === undefined) return undefined;
  const inner = record.safeParse(outer['data']).data;
  const video = outer['status'] === undefined && inner !== undefined ? inner : outer;
  return {
    id: text(video['id']) ?? text(video['task_id']),
    status: text(video['status'])?.toLowerCase(),
    progress: video['progress'],
    url: urlFields.map((path) => urlOf(at(video, path))).find((url) => url !== undefined),
    error: readError(video['error']),
  };
}

/** `{ error: { code, type, message } }`, or `{ code, message }` at the top. */
export function errorIn(reply: Reply): WireError | undefined {
  const body = record.safeParse(reply.body).data;
  return body && (readError(body['error']) ?? readError(body));
}

/** What an error means, by its code or type and only then by the status. */
export function codeOfError(error: WireError | undefined, status: number): FailureCode {
  if (error === undefined) return codeOfStatus(status);
  const words = `${error.code} ${error.type}`;
  const code = meanings.find(([pattern]) => pattern.test(words))?.[1] ?? codeOfStatus(status);
  // OpenAI has a list of models and calls any other an invalid value; the name is our route's, not the customer's.
  return code === 'invalid_request' && error.param === 'model' ? 'provider_error' : code;
}

/** A 404 of the API itself, about the video: a proxy that has lost its way answers 404 as well. */
export function isGone(reply: Reply): boolean {
  const error = reply.status === 404 ? errorIn(reply) : undefined;
  return error !== undefined && (/not_?(found|exist)/i.test(error.code) || error.type === 'invalid_request_error');
}

const meanings: readonly (readonly [pattern: RegExp, code: FailureCode])[] = [
  [/moderation|content_policy|sensitive|safety/i, 'content_rejected'],
  [/insufficient_(user_)?(quota|balance|credits?)|billing/i, 'channel_balance'],
  [/invalid_api_key|authentication|permission/i, 'channel_credentials'],
  [/model_not_found/i, 'provider_error'],
  [/rate_limit/i, 'rate_limited'],
];

function readError(value: unknown): WireError | undefined {
  if (typeof value === 'string' && value !== '') return { code: '', type: '', message: value, param: '' };
  const error = errorSchema.safeParse(value).data;
  if (error === undefined) return undefined;
  const { code, type, message, param } = error;
  return { code: text(code) ?? '', type: text(type) ?? '', message, param: text(param) ?? '' };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= 512 ? value : undefined;
}

function at(value: unknown, path: string): unknown {
  return path.split('.').reduce((inner: unknown, name) => record.safeParse(inner).data?.[name], value);
}
