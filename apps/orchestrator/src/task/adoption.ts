import { isDeepStrictEqual } from 'node:util';
import { type Context, type Decision, type Effect, nothing } from './decision.js';
import { type TaskObservation } from './observation.js';
import { type AttemptRecord, isCurrent, type TaskRecord } from './task.js';
import { lookNow } from './timing.js';

type Of<Kind extends TaskObservation['kind']> = Extract<TaskObservation, { kind: Kind }>;

/** Of one attempt. An address that more names come to is in the wrong hands, and each costs a call. */
const mostNames = 4;

/**
 * A callback that found no poll timer to bring forward, or that names a render which may not be this attempt's. It is
 * believed in nothing: an unknown outcome is looked up (the submit job again, whose permit answers `look_up`), a render that
 * is named is read back, and one that overtakes its acceptance is remembered.
 */
export function calledBack(task: TaskRecord, callback: Of<'callback'>, context: Context): Decision {
  const { attempt, route, now } = context;
  if (attempt === undefined) return nothing;
  const name = route.adopt ? callback.upstreamId : undefined;
  if (!isCurrent(task, attempt)) return mayBeOther(attempt) ? readBack(attempt, name) : nothing;
  if (attempt.state === 'submitting') {
    return { ...nothing, attempt: { id: attempt.id, change: { calledBackAt: now, ...named(attempt, name) } } };
  }
  if (attempt.state === 'unknown') return unknownCalledBack(attempt, name, context);
  const isOther = name !== undefined && mayBeOther(attempt) && !attempt.namedIds.includes(name);
  return isOther ? readBack(attempt, name) : { ...nothing, poll: lookNow(task.timing.p50, now) };
}

/** Looks at every render that callbacks have named while the attempt's own was not known. */
export function readBackAll({ id, namedIds }: AttemptRecord, { route }: Context): Effect[] {
  return route.adopt ? namedIds.map((upstreamId) => ({ kind: 'adopt', attemptId: id, upstreamId })) : [];
}

/** An acceptance of what a callback named, of an attempt that has another render: we pay for two, the customer for one. */
export function isSecondRender({ handle, upstreamId }: Of<'accepted'>, attempt: AttemptRecord): boolean {
  return upstreamId !== undefined && attempt.handle !== null && !isDeepStrictEqual(handle, attempt.handle);
}

export const secondRender: Decision = { ...nothing, effects: [{ kind: 'alarm', event: 'second_render' }] };

/** One render belongs to one attempt: whoever names another's in a callback gets nothing by it. */
export const takenRender: Decision = { ...nothing, effects: [{ kind: 'alarm', event: 'taken_render' }] };

/** Each callback is news: what it names is looked at again, although it was named before. */
function unknownCalledBack(attempt: AttemptRecord, name: string | undefined, { route }: Context): Decision {
  const again: Effect[] = route.lookup || !route.adopt ? [{ kind: 'submit', attemptId: attempt.id }] : [];
  const change = named(attempt, name);
  const isKept = name !== undefined && (change.namedIds ?? attempt.namedIds).includes(name);
  return {
    ...nothing,
    ...(change.namedIds !== undefined && { attempt: { id: attempt.id, change } }),
    effects: [...again, ...(isKept ? [{ kind: 'adopt', attemptId: attempt.id, upstreamId: name } as const] : [])],
  };
}

/**
 * Is there reason to ask whether a name is its own? Given up on without a handle, or called back before the handle was known.
 * Otherwise the handle came from the provider's own answer, and a callback is a reason to poll it.
 */
function mayBeOther({ state, handle, namedIds }: AttemptRecord): boolean {
  return namedIds.length > 0 || (state === 'abandoned' && handle === null);
}

/** Once for each name. */
function readBack(attempt: AttemptRecord, name: string | undefined): Decision {
  const change = named(attempt, name);
  if (name === undefined || change.namedIds === undefined) return nothing;
  return {
    ...nothing,
    attempt: { id: attempt.id, change },
    effects: [{ kind: 'adopt', attemptId: attempt.id, upstreamId: name }],
  };
}

function named({ namedIds }: AttemptRecord, name: string | undefined): { readonly namedIds?: readonly string[] } {
  const isNew = name !== undefined && !namedIds.includes(name) && namedIds.length < mostNames;
  return isNew ? { namedIds: [...namedIds, name] } : {};
}
