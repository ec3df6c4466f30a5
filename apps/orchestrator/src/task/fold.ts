import { initialProgress, type TaskProgress } from './task.js';

/** One row of the history: what changed, as JSON. */
export interface TaskEvent {
  readonly version: number;
  readonly type: string;
  readonly data: Record<string, unknown>;
}

/** The names of what changes, in the order of the row. */
export const progressFields = Object.keys({ ...initialProgress, stateSince: null }).filter(isProgressField);

/** What the history says a task that was made at `createdAt` has become, as JSON. A gap in the versions is an error. */
export function fold(events: readonly TaskEvent[], createdAt: Date): Record<string, unknown> {
  let folded: Record<string, unknown> = { ...initialProgress, stateSince: createdAt.toISOString() };
  for (const event of events) {
    const expected = Number(folded['version']) + 1;
    if (event.version !== expected) throw new Error(`version ${expected} is missing, ${event.version} follows`);
    folded = { ...folded, ...event.data, version: event.version };
  }
  return folded;
}

function isProgressField(name: string): name is keyof TaskProgress {
  return name === 'stateSince' || Object.hasOwn(initialProgress, name);
}
