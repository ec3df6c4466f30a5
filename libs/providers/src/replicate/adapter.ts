import {
  type Adapter,
  type AdapterChannel,
  type AdapterObservation,
  type Call,
  failed,
  isSuccess,
  progressOf,
  refused,
  type Reply,
  unreadable,
  unreadableSubmit,
} from '@videoapi/provider-kit';
import { z } from 'zod';
import { replicateCapabilities } from './capabilities.js';
import { codeIn, codeOfRefusal, isNotFound, messageIn } from './errors.js';
import { filmIn } from './output.js';
import { orderOf } from './request.js';

/** Replicate's predictions: official models, community models and deployments. */
export const replicate: Adapter = {
  capabilities: replicateCapabilities,

  *submit(input, channel) {
    const order = orderOf(input);
    if ('problem' in order) return refused('invalid_request', order.problem);
    const reply = yield { method: 'POST', ...order, headers: headersOf(channel), auth, creates: true };
    if (!isSuccess(reply)) return refused(codeOfRefusal(reply), messageIn(reply), reply);
    const id = handleSchema.safeParse(reply.body).data?.id;
    return id === undefined ? unreadableSubmit(reply) : { outcome: 'accepted', handle: { id } };
  },

  *poll(handle) {
    const reply = yield { method: 'GET', path: pathOf(handle), auth };
    if (isSuccess(reply)) return observed(reply, predictionSchema.safeParse(reply.body).data);
    return isNotFound(reply) ? { state: 'gone' } : unreadable(reply);
  },

  *cancel(handle) {
    // Harmless to what has ended: the answer is the prediction as it stands.
    const reply = yield { method: 'POST', path: `${pathOf(handle)}/cancel`, auth };
    const status = isSuccess(reply) ? predictionSchema.safeParse(reply.body).data?.status : undefined;
    if (status === 'canceled' || status === 'aborted') return 'cancelled';
    return status === 'succeeded' || status === 'failed' ? 'too_late' : 'unknown';
  },

  adopt: (id) => ({ id }),
};

const auth = { put: 'bearer', credential: 'apiKey' } as const satisfies Call['auth'];
const handleSchema = z.object({ id: z.string().min(1) });
const optionsSchema = z.object({
  cancelAfter: z
    .string()
    .regex(/^\d{1,5}[smh]$/)
    .optional(),
});

function headersOf({ options }: AdapterChannel): Record<string, string> {
  const { cancelAfter } = optionsSchema.parse(options);
  return cancelAfter === undefined ? {} : { 'cancel-after': cancelAfter };
}

function pathOf(handle: unknown): string {
  return `/predictions/${encodeURIComponent(handleSchema.parse(handle).id)}`;
}

const text = z.string().nullish().catch(undefined);
const predictionSchema = z.object({
  status: z.string(),
  output: z.unknown().optional(),
  error: text,
  logs: text,
  data_removed: z.boolean().optional().catch(undefined),
  metrics: z
    .object({ predict_time: z.number().nonnegative().optional().catch(undefined) })
    .nullish()
    .catch(undefined),
});
type Prediction = z.output<typeof predictionSchema>;

function observed(reply: Reply, prediction: Prediction | undefined): AdapterObservation {
  if (prediction === undefined) return unreadable(reply);
  const { status, error } = prediction;
  switch (status) {
    case 'starting':
      return { state: 'queued' };
    case 'processing':
      return { state: 'running', ...progressIn(prediction) };
    case 'succeeded':
      return succeeded(reply, prediction);
    case 'failed':
      return failed(codeIn(error ?? '') ?? 'provider_error', error ?? '');
    case 'canceled':
      return failed('cancelled', 'The prediction was cancelled.');
    case 'aborted':
      return failed('expired', 'The prediction had not begun in time.');
    default:
      return { state: 'running', unknownStatus: status.slice(0, 100) };
  }
}

function succeeded(reply: Reply, { output, data_removed: isRemoved, metrics }: Prediction): AdapterObservation {
  const url = filmIn(output);
  if (url === undefined) {
    return isRemoved === true
      ? failed('expired', 'The result was removed before it was read.')
      : unreadable(reply, 'succeeded without a result');
  }
  const seconds = metrics?.predict_time;
  const usage = seconds === undefined ? {} : { cost: `${seconds} s of predict time` };
  return { state: 'succeeded', outputs: [{ kind: 'url', url }], usage };
}

/** The last percentage that the model has printed. */
function progressIn({ logs }: Prediction): { progress?: number } {
  const printed = [...(logs ?? '').matchAll(/\b(\d{1,3})(?:\.\d+)?%/g)].at(-1)?.[1];
  const progress = progressOf(printed);
  return progress === undefined ? {} : { progress };
}
