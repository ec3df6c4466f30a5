import {
  type Failure,
  type Handle,
  type Observation,
  type PriceParams,
  type Quote,
  type ResolvedRequest,
  type TaskCallback,
  type TaskError,
  type TaskMode,
  type TaskOutput,
  type Usage,
} from '@videoapi/contracts';
import { type AttemptState, isAttemptOpen, type TaskState } from './states.js';

/** Raised when `decide` changes what an old history would fold to; a task keeps the one it was made with. */
export const engineVersion = 1;

/** Seconds, frozen when the task is made: a later catalogue does not move the deadlines of running tasks. */
export interface Timing {
  readonly queue: number;
  readonly submit: number;
  readonly generation: number;
  /** How long the model usually renders. */
  readonly p50: number;
}

/** What is fixed when a task is made. Credits are decimal strings, as on the wire: only billing computes with them. */
export interface TaskIdentity {
  readonly id: string;
  readonly accountId: string;
  readonly apiKeyId: string;
  readonly mode: TaskMode;
  readonly model: string;
  readonly type: ResolvedRequest['type'];
  readonly resolved: ResolvedRequest;
  readonly metadata: Record<string, unknown>;
  readonly endUserId: string | null;
  readonly callback: TaskCallback | null;
  /** Repeated word for word with the hold: billing compares them. */
  readonly priceParams: PriceParams;
  readonly maxCredits: string | null;
  readonly timing: Timing;
  readonly engineVersion: number;
  readonly createdAt: Date;
  /** The total deadline. */
  readonly deadlineAt: Date;
}

/** What the running settlement will end in; customers see `processing` until then. */
export type Outcome =
  { readonly result: 'completed'; readonly usage: Usage } | { readonly result: 'failed'; readonly error: TaskError };

/** What changes. Every change raises `version` and is one event of the history. */
export interface TaskProgress {
  readonly state: TaskState;
  readonly stateSince: Date;
  readonly version: number;
  readonly quote: Quote | null;
  readonly creditsReserved: string;
  readonly creditsCharged: string | null;
  readonly creditsRefunded: boolean;
  /** 0–100, never falls. */
  readonly progress: number;
  readonly outputs: readonly TaskOutput[];
  readonly error: TaskError | null;
  /** The current attempt. */
  readonly attemptId: string | null;
  readonly attemptCount: number;
  /** Channels that refused in this round; empty again when a new round begins. */
  readonly triedChannels: readonly string[];
  /** Did one of them refuse for a reason that passes (rate limit, outage)? Then another round is worth waiting for. */
  readonly mayRecover: boolean;
  readonly cancelRequestedAt: Date | null;
  readonly outcome: Outcome | null;
  /** When the queue deadline began to run. */
  readonly queuedAt: Date | null;
  /** First dispatch: from here on a customer sees `processing`, also while it waits for another route. */
  readonly startedAt: Date | null;
  readonly completedAt: Date | null;
  readonly deletedAt: Date | null;
}

export type TaskRecord = TaskIdentity &
  TaskProgress & {
    /** When its timer is due, as far as the row knows; no part of the history. Past: the timer may stand anywhere. */
    readonly wakesAt: Date;
  };

/** One try on one channel. */
export interface AttemptRecord {
  readonly id: string;
  readonly taskId: string;
  readonly accountId: string;
  readonly number: number;
  readonly channelId: string;
  readonly provider: string;
  readonly lane: string;
  readonly upstreamModel: string;
  readonly state: AttemptState;
  /** Rises with every permit; a report made under an older one is late. */
  readonly epoch: number;
  /** Stamped once, before the provider is called. */
  readonly callStartedAt: Date | null;
  readonly handle: Handle | null;
  /** The provider called back before its acceptance was known here. */
  readonly calledBackAt: Date | null;
  /** Renders that callbacks named while its own was not known, the first few. Whether one is its own, a read-back tells. */
  readonly namedIds: readonly string[];
  readonly lastObservation: Observation | null;
  readonly failure: Failure | null;
  readonly slotReturned: boolean;
  readonly createdAt: Date;
  readonly acceptedAt: Date | null;
  readonly endedAt: Date | null;
}

/** Is the task waiting for this attempt? */
export function isCurrent(task: TaskRecord, attempt: AttemptRecord): boolean {
  return task.attemptId === attempt.id && isAttemptOpen(attempt.state);
}

/** The progress of a task that has just been made. Its history begins with what happens next. */
export const initialProgress: Omit<TaskProgress, 'stateSince'> = {
  state: 'reserving',
  version: 1,
  quote: null,
  creditsReserved: '0',
  creditsCharged: null,
  creditsRefunded: false,
  progress: 0,
  outputs: [],
  error: null,
  attemptId: null,
  attemptCount: 0,
  triedChannels: [],
  mayRecover: false,
  cancelRequestedAt: null,
  outcome: null,
  queuedAt: null,
  startedAt: null,
  completedAt: null,
  deletedAt: null,
};
