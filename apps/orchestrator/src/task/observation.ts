import { type Failure, type Handle, type Observation, type Quote, type TaskOutput } from '@videoapi/contracts';

/** Under which attempt and permit a worker reports. */
interface Report {
  readonly attemptId: string;
  readonly epoch: number;
}

/** The task and channel that the dispatcher has put together. */
export interface Dispatched {
  /** A UUID. */
  readonly id: string;
  readonly channelId: string;
  readonly provider: string;
  readonly lane: string;
  readonly upstreamModel: string;
}

/** Everything that can happen to a task, from whichever side. */
export type TaskObservation =
  | { readonly kind: 'hold_placed'; readonly quote: Quote | null }
  | { readonly kind: 'reservation_abandoned' }
  | { readonly kind: 'dispatched'; readonly attempt: Dispatched }
  /** `upstreamId`: nobody heard the provider say so, but a callback named this render and it was read back. */
  | (Report & { readonly kind: 'accepted'; readonly handle: Handle; readonly upstreamId?: string | undefined })
  | (Report & { readonly kind: 'refused'; readonly failure: Failure })
  | (Report & { readonly kind: 'submit_unknown' })
  | (Report & { readonly kind: 'observed'; readonly observation: Observation })
  | (Report & {
      readonly kind: 'attempt_cancelled';
      readonly outcome: 'cancelled' | 'too_late' | 'unsupported' | 'unknown';
    })
  /** A provider called back about an attempt that cannot be polled, or named a render that may be another: find out. */
  | { readonly kind: 'callback'; readonly attemptId: string; readonly upstreamId?: string | undefined }
  | { readonly kind: 'stored'; readonly attemptId: string; readonly outputs: readonly TaskOutput[] }
  | { readonly kind: 'store_failed'; readonly attemptId: string; readonly retryable: boolean }
  | {
      readonly kind: 'hold_resolved';
      readonly outcome: 'settled' | 'released' | 'uncollected';
      readonly held: string;
      readonly charged: string;
    }
  | { readonly kind: 'phase_due' }
  | { readonly kind: 'cancel_requested' }
  | { readonly kind: 'delete_requested' }
  /** An operator gives up on a task; its hold is released. */
  | { readonly kind: 'operator_failed'; readonly reason: string };
