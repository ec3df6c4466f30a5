import { type AdapterObservation, failed, isSuccess, type Reply, unreadable, urlOf } from '@videoapi/provider-kit';
import { z } from 'zod';
import { baseErrorIn, codeOfFailure, errorIn } from './errors.js';

const fileId = z.union([z.string(), z.int().transform(String)]);
const querySchema = z.object({ status: z.string().min(1), file_id: fileId.optional().catch(undefined) });
const fileSchema = z.object({
  file: z.object({ download_url: z.unknown().optional(), backup_download_url: z.unknown().optional() }),
});

/** A render of v1 that has succeeded; its link takes one more call. */
interface Filed {
  readonly file: string;
  withFile(reply: Reply): AdapterObservation;
}

/** v1: there is no percentage, and the case of the words varies. */
export function observeFirst(reply: Reply): AdapterObservation | Filed {
  const task = isSuccess(reply) ? querySchema.safeParse(reply.body).data : undefined;
  const error = baseErrorIn(reply.body);
  if (task === undefined) return unreadable(reply, error && `code ${error.code}`);
  switch (task.status.toLowerCase()) {
    case 'preparing':
    case 'queueing':
      return { state: 'queued' };
    case 'processing':
      return { state: 'running' };
    case 'success':
      if (task.file_id === undefined || task.file_id === '') return unreadable(reply, 'succeeded without a file');
      return { file: task.file_id, withFile: fileIn };
    case 'fail':
    case 'failed':
      return failed(codeOfFailure(error?.code), error?.message ?? 'The generation failed.');
    case 'timeout':
      return failed('expired', error?.message ?? 'The provider did not render it in time.');
    default:
      return { state: 'running', unknownStatus: task.status.slice(0, 100) };
  }
}

function fileIn(reply: Reply): AdapterObservation {
  const file = isSuccess(reply) ? fileSchema.safeParse(reply.body).data?.file : undefined;
  const url = urlOf(file?.download_url) ?? urlOf(file?.backup_download_url);
  if (url !== undefined) return { state: 'succeeded', outputs: [{ kind: 'url', url }], usage: {} };
  const code = baseErrorIn(reply.body)?.code;
  return unreadable(reply, code === undefined ? 'the file has no link' : `the file: code ${code}`);
}

const taskSchema = z.object({
  task: z.object({
    status: z.string(),
    content: z.object({ url: z.unknown().optional() }).nullish().catch(undefined),
    error: z
      .object({ code: z.unknown().optional(), message: z.string().catch('') })
      .nullish()
      .catch(undefined),
  }),
});
type Task = z.output<typeof taskSchema>['task'];

/** v2. */
export function observeSecond(reply: Reply): AdapterObservation {
  const task = taskIn(reply);
  if (task !== undefined) return observed(reply, task);
  // The only thing that a query asks with is the task's id.
  if (reply.status === 400 && errorIn(reply.body)?.type === 'bad_request_error') return { state: 'gone' };
  const code = baseErrorIn(reply.body)?.code;
  return unreadable(reply, code === undefined ? errorIn(reply.body)?.type : `code ${code}`);
}

/** The word for where a task of v2 stands, for a cancel. */
export function stateOfSecond(reply: Reply): string | undefined {
  return taskIn(reply)?.status;
}

function taskIn(reply: Reply): Task | undefined {
  return isSuccess(reply) ? taskSchema.safeParse(reply.body).data?.task : undefined;
}

function observed(reply: Reply, task: Task): AdapterObservation {
  switch (task.status) {
    case 'queued':
      return { state: 'queued' };
    case 'running':
      return { state: 'running' };
    case 'succeeded': {
      const url = urlOf(task.content?.url);
      if (url === undefined) return unreadable(reply, 'succeeded without a result');
      return { state: 'succeeded', outputs: [{ kind: 'url', url }], usage: {} };
    }
    case 'failed':
      return failed(codeOfFailure(numberOf(task.error?.code)), task.error?.message ?? '');
    case 'cancelled':
      return failed('cancelled', 'The render was cancelled.');
    case 'expired':
      return failed('expired', task.error?.message ?? 'The provider did not render it in time.');
    default:
      return { state: 'running', unknownStatus: task.status.slice(0, 100) };
  }
}

/** A text of digits, as it is documented, or a number. */
function numberOf(code: unknown): number | undefined {
  const number = typeof code === 'string' && /^\d{1,9}$/.test(code) ? Number(code) : code;
  return typeof number === 'number' ? number : undefined;
}
