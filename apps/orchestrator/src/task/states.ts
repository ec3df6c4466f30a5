import { type TaskStatus } from '@videoapi/contracts';

/** Where a task may go from each state. A failover goes back to `queued`; a customer still sees `processing`. */
export const transitions = {
  reserving: ['queued', 'settling', 'failed'],
  queued: ['submitting', 'settling', 'failed'],
  submitting: ['running', 'storing', 'queued', 'settling', 'failed'],
  running: ['storing', 'queued', 'settling', 'failed'],
  storing: ['settling', 'completed', 'failed'],
  settling: ['completed', 'failed'],
  completed: [],
  failed: [],
} as const satisfies Record<string, readonly string[]>;

export type TaskState = keyof typeof transitions;

export function mayMove(from: TaskState, to: TaskState): boolean {
  const allowed: readonly TaskState[] = transitions[from];
  return allowed.includes(to);
}

export function isTerminal(state: TaskState): boolean {
  return state === 'completed' || state === 'failed';
}

/** What a customer sees. Once a task has been dispatched it never looks pending again. */
export function statusOf(state: TaskState, hasStarted: boolean): TaskStatus {
  switch (state) {
    case 'reserving':
    case 'queued':
      return hasStarted ? 'processing' : 'pending';
    case 'submitting':
    case 'running':
    case 'storing':
    case 'settling':
      return 'processing';
    case 'completed':
      return 'completed';
    case 'failed':
      return 'failed';
  }
}

/**
 * `unknown`: the call may have started a render. `abandoned`: given up on while the provider may still be at it; if it
 * succeeds after all that is a `late_success`, which is never charged.
 */
export const attemptStates = [
  'submitting',
  'unknown',
  'running',
  'succeeded',
  'refused',
  'failed',
  'cancelled',
  'abandoned',
  'late_success',
] as const;
export type AttemptState = (typeof attemptStates)[number];

export function isAttemptOpen(state: AttemptState): boolean {
  return state === 'submitting' || state === 'unknown' || state === 'running';
}
