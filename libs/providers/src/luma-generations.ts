import { type FailureCode } from '@videoapi/contracts';
import {
  type Adapter,
  type AdapterObservation,
  type Call,
  type AdapterCapabilities,
  codeOfStatus,
  failed,
  isSuccess,
  refused,
  type Reply,
  type SubmitInput,
  unreadable,
  unreadableSubmit,
  urlOf,
} from '@videoapi/provider-kit';
import { z } from 'zod';

/** Where Luma's two APIs differ. Their generations are made, looked at and told of in one way. */
export interface LumaApi {
  readonly capabilities: AdapterCapabilities;
  readonly createPath: string;
  readonly bodyOf: (input: SubmitInput) => { readonly json: unknown } | { readonly problem: string };
  /** Its word for a render that is being made. */
  readonly runningState: string;
  /** Where the video is, in the body of a completed generation. */
  readonly videoOf: (body: unknown) => string | undefined;
  /** By `failure_code`. */
  readonly meanings: ReadonlyMap<string, FailureCode>;
}

/** The adapter of either API. There is no percentage, no cancel, and no way to find a render by our reference. */
export function lumaAdapter(api: LumaApi): Adapter {
  return {
    capabilities: api.capabilities,

    *submit(input) {
      const body = api.bodyOf(input);
      if ('problem' in body) return refused('invalid_request', body.problem);
      const reply = yield { method: 'POST', path: api.createPath, json: body.json, auth, creates: true };
      if (isSuccess(reply)) {
        const id = createdSchema.safeParse(reply.body).data?.id;
        return id === undefined ? unreadableSubmit(reply) : { outcome: 'accepted', handle: { id } };
      }
      const error = errorIn(reply);
      // A refusal says what it is by its status; only few have a word of their own.
      const code = api.meanings.get(error?.failure_code ?? '') ?? codeOfStatus(reply.status);
      return refused(code, error?.detail ?? '', reply);
    },

    *poll(handle) {
      const { id } = handleSchema.parse(handle);
      const reply = yield { method: 'GET', path: `/generations/${encodeURIComponent(id)}`, auth };
      if (isSuccess(reply)) return observed(api, reply);
      return reply.status === 404 && errorIn(reply) !== undefined ? { state: 'gone' } : unreadable(reply);
    },
  };
}

const auth = { put: 'bearer', credential: 'apiKey' } as const satisfies Call['auth'];
const handleSchema = z.object({ id: z.string().min(1) });
const createdSchema = z.object({ id: z.string().min(1) });
const errorSchema = z.object({ detail: z.string().min(1), failure_code: z.string().catch('') });

function errorIn(reply: Reply): z.output<typeof errorSchema> | undefined {
  return errorSchema.safeParse(reply.body).data;
}

const generationSchema = z.object({
  state: z.string(),
  failure_reason: z.string().nullish().catch(undefined),
  failure_code: z.string().nullish().catch(undefined),
});

function observed({ runningState, videoOf, meanings }: LumaApi, reply: Reply): AdapterObservation {
  const generation = generationSchema.safeParse(reply.body).data;
  if (generation === undefined) return unreadable(reply);
  switch (generation.state) {
    case 'queued':
      return { state: 'queued' };
    case runningState:
      return { state: 'running' };
    case 'completed': {
      const url = urlOf(videoOf(reply.body));
      if (url === undefined) return unreadable(reply, 'completed without a result');
      return { state: 'succeeded', outputs: [{ kind: 'url', url }], usage: {} };
    }
    case 'failed':
      // `generation_failed`, `output_not_found`, and what no document names: another provider may well do it.
      return failed(meanings.get(generation.failure_code ?? '') ?? 'provider_error', generation.failure_reason ?? '');
    default:
      return { state: 'running', unknownStatus: generation.state.slice(0, 100) };
  }
}
