import { type ErrorCode } from '@videoapi/contracts';
import { type TaskObservation } from '../task/observation.js';
import { type TaskRecord } from '../task/task.js';

/** One thing that happened to one task. */
export interface Observed {
  readonly taskId: string;
  readonly observation: TaskObservation;
}

/** What became of one observation, in the order given. */
export interface Applied {
  readonly taskId: string;
  /** As it stands after the whole batch; undefined when there is no such task. */
  readonly task: TaskRecord | undefined;
  readonly isChanged: boolean;
  /** Set when a request (cancel, delete) is not possible now. */
  readonly refusal: ErrorCode | undefined;
}
