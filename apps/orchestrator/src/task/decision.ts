import { type ErrorCode } from '@videoapi/contracts';
import { mayMove } from './states.js';
import { type AttemptRecord, type TaskProgress, type TaskRecord } from './task.js';
import { type PollTimer } from './timing.js';

/** What `decide` may look at besides the task: nothing else, so the same inputs always give the same decision. */
export interface Context {
  readonly now: Date;
  /** 0–1, for jitter. */
  readonly random: number;
  /** The attempt that the observation names, or else the task's current one. */
  readonly attempt: AttemptRecord | undefined;
  /** What that attempt's route and provider can do. */
  readonly route: RouteFacts;
  /** Another attempt has the render that this report says was accepted. */
  readonly isTaken: boolean;
  /** Channels of the routes open to this task now. */
  readonly channels: readonly string[];
}

export interface RouteFacts {
  readonly failoverAfterAcceptance: boolean;
  readonly completion: 'poll' | 'callback';
  readonly cancel: boolean;
  /** The provider can be asked what became of a call whose answer was lost. */
  readonly lookup: boolean;
  /** A render can be found by what its callback names. */
  readonly adopt: boolean;
}

export type Effect =
  | { readonly kind: 'announce'; readonly fact: 'queued' | 'started' | 'progressed' | 'completed' | 'failed' }
  | { readonly kind: 'enqueue' }
  | { readonly kind: 'submit'; readonly attemptId: string }
  /** Read back a render that a callback named. */
  | { readonly kind: 'adopt'; readonly attemptId: string; readonly upstreamId: string }
  | { readonly kind: 'cancel'; readonly attemptId: string }
  | { readonly kind: 'store'; readonly attemptId: string }
  | { readonly kind: 'resolve_hold' }
  | { readonly kind: 'return_slot'; readonly attemptId: string; readonly channelId: string }
  | {
      readonly kind: 'report_channel';
      readonly channelId: string;
      readonly outcome: ChannelOutcome;
      readonly retryAfterMs: number | undefined;
    }
  /** Something an operator should see; never a change. */
  | {
      readonly kind: 'alarm';
      readonly event:
        'late_success' | 'late_report' | 'second_render' | 'taken_render' | 'unknown_status' | 'hold_mismatch';
    };

/** `ok`: the provider answered properly, whatever it decided. */
export type ChannelOutcome = 'ok' | 'fault' | 'rate_limited' | 'balance' | 'credentials';

export type Change = Partial<Omit<TaskProgress, 'version' | 'stateSince'>>;

export interface Decision {
  /** The event of the history; meaningless when `change` is undefined. */
  readonly type: string;
  /** Undefined: the task stays as it is and nothing is written about it. */
  readonly change?: Change;
  /** Replaces fields of the attempt in the context, or adds a new one. */
  readonly attempt?:
    { readonly id: string; readonly change: Partial<AttemptRecord> } | { readonly created: AttemptRecord };
  /** When to wake the task, where that does not follow from its state alone. */
  readonly wakeAt?: Date;
  /** null: no more looks; undefined leaves them as they are. */
  readonly poll?: PollTimer | null;
  readonly effects: readonly Effect[];
  /** Why a request cannot be met. */
  readonly refusal?: ErrorCode;
}

export const nothing: Decision = { type: 'nothing', effects: [] };

export function refuse(refusal: ErrorCode): Decision {
  return { ...nothing, refusal };
}

/** What a decision writes into the history; undefined when the task stays as it is. */
export function changeOf(task: TaskRecord, { type, change }: Decision, now: Date): Partial<TaskProgress> | undefined {
  if (change?.state === undefined || change.state === task.state) return change;
  // An impossible move is a bug in a rule, stopped before it reaches the database.
  if (!mayMove(task.state, change.state)) throw new Error(`${type}: no way from ${task.state} to ${change.state}`);
  return { ...change, stateSince: now };
}
