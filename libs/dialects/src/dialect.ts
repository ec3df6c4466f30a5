import { type AppError, type Task, type TaskCallback, type TaskRequest } from '@videoapi/contracts';
import { type z } from 'zod';

/** What a create call means, whatever it looked like on the wire. */
export interface Submission {
  readonly request: TaskRequest;
  readonly callback: TaskCallback | null;
}

/** What an operator allows at the edge. */
export interface SubmissionRules {
  /** `callback_url` may be plain http. For development: a signed body still travels in the clear. */
  readonly allowHttpCallbacks: boolean;
}

export interface View {
  /** Prefix of our own links, without a trailing slash. */
  readonly baseUrl: string;
}

export interface RenderedError {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/**
 * One public wire format: pure translation, no I/O. Nothing below it knows which dialect a task came in by, and a task
 * made in one can be read in any other.
 */
export interface Dialect {
  readonly name: string;
  /** What `fromAccepted`, `fromTask` and `renderError` answer with. */
  readonly answers: { readonly accepted: z.ZodType; readonly task: z.ZodType; readonly error: z.ZodType };
  /** Parses a create call. Throws AppError (`invalid_field`, `missing_parameter`…) whose param is the wire's own name. */
  toSubmission(body: unknown, rules: SubmissionRules): Submission;
  /** The answer of a create call: of a repeated one too, so the task may be further on. */
  fromAccepted(task: Task, view: View): unknown;
  /** The answer of a read. */
  fromTask(task: Task, view: View): unknown;
  renderError(error: AppError, requestId: string): RenderedError;
}
