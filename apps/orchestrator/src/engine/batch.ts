import { type OutboxMessage } from '@videoapi/database';
import { type CatalogSnapshot } from '../catalog/snapshot.js';
import { type Note } from '../dispatch/notes.js';
import { decide } from '../task/decide.js';
import { changeOf, type Decision, type Effect, type RouteFacts } from '../task/decision.js';
import { type TaskObservation } from '../task/observation.js';
import { isTerminal } from '../task/states.js';
import { type AttemptRecord, type TaskProgress, type TaskRecord } from '../task/task.js';
import { rearm, wakeAt } from '../task/timing.js';
import { type Applied, type Observed } from './applied.js';
import { type CallbackSettings, type MessageContext, messageOf } from './messages.js';
import { type Changes, type NewEvent, type TimerChange } from './task.store.js';

export interface BatchInputs {
  /** Acceptances of a render that another attempt has. */
  readonly taken: ReadonlySet<TaskObservation>;
  readonly tasks: readonly TaskRecord[];
  readonly attempts: readonly AttemptRecord[];
  readonly snapshot: CatalogSnapshot;
  readonly callbacks: CallbackSettings | undefined;
  readonly now: Date;
  readonly random: () => number;
}

export type Alarm = { readonly event: string; readonly taskId: string; readonly attemptId: string | undefined };

/** What a batch of observations comes to, still in memory. */
export interface BatchOutcome extends Changes {
  readonly applied: readonly Applied[];
  readonly alarms: readonly Alarm[];
  readonly ended: readonly TaskRecord[];
}

/** Decides one observation after the other; a later one for the same task sees what the earlier one made of it. */
export function decideAll(items: readonly Observed[], inputs: BatchInputs): BatchOutcome {
  const tasks = new Map(inputs.tasks.map((task) => [task.id, task]));
  const attempts = new Map(inputs.attempts.map((attempt) => [attempt.id, attempt]));
  const changedTasks = new Set<string>();
  const changedAttempts = new Set<string>();
  const timers = new Map<string, TimerChange>();
  const events: NewEvent[] = [];
  const messages: OutboxMessage[] = [];
  const notes = new Notes();
  const alarms: Alarm[] = [];

  const verdicts = items.map(({ taskId, observation }) => {
    const before = tasks.get(taskId);
    if (before === undefined) return { taskId, isChanged: false, refusal: undefined };
    const attempt = attemptFor(before, observation, attempts);
    const routes = inputs.snapshot.routesOf(before.model, before.mode);
    const channels = routes.map((route) => route.channelId);
    const route = routeFacts(attempt, inputs, routes);
    const decision = decide(before, observation, {
      now: inputs.now,
      random: inputs.random(),
      attempt,
      route,
      isTaken: inputs.taken.has(observation),
      channels,
    });
    const keepAttempt = (changed: AttemptRecord) => {
      attempts.set(changed.id, changed);
      changedAttempts.add(changed.id);
    };
    attemptsChangedBy(decision, attempts).forEach(keepAttempt);
    const change = changeOf(before, decision, inputs.now);
    const changed = change === undefined ? before : { ...before, ...change, version: before.version + 1 };
    const sentFor = freshRoute(changed, observation, inputs, route);
    const wake = wakeOf(changed, decision, observation, { attempts, route: sentFor, now: inputs.now });
    const task = wake instanceof Date ? { ...changed, wakesAt: wake } : changed;
    tasks.set(taskId, task);
    if (change !== undefined) {
      changedTasks.add(taskId);
      events.push(eventOf(task, decision.type, change, inputs.now));
    }
    for (const timer of timersOf(task, wake, decision)) timers.set(`${timer.kind} ${taskId}`, timer);
    const context: MessageContext = { ...inputs, task, attempts, route: sentFor };
    for (const effect of decision.effects) {
      const message = messageOf(effect, context);
      if (message !== undefined) messages.push(message);
      if (effect.kind === 'return_slot') {
        const ended = attempts.get(effect.attemptId);
        if (ended !== undefined) keepAttempt({ ...ended, slotReturned: true });
      }
      if (effect.kind === 'alarm') alarms.push({ event: effect.event, taskId, attemptId: attempt?.id });
      notes.take(effect, task, channels);
    }
    return { taskId, isChanged: change !== undefined, refusal: decision.refusal };
  });

  return {
    applied: verdicts.map((verdict) => ({ ...verdict, task: tasks.get(verdict.taskId) })),
    tasks: present(changedTasks, tasks),
    attempts: present(changedAttempts, attempts),
    timers: [...timers.values()],
    events,
    messages,
    notes: notes.all,
    alarms,
    ended: endedBy(inputs.tasks, tasks),
  };
}

/** The attempt that an observation speaks of: it may be an earlier one, whose report is late. */
export function namedAttempt(observation: TaskObservation): string | undefined {
  return 'attemptId' in observation ? observation.attemptId : undefined;
}

function attemptFor(
  task: TaskRecord,
  observation: TaskObservation,
  attempts: ReadonlyMap<string, AttemptRecord>,
): AttemptRecord | undefined {
  const id = namedAttempt(observation) ?? task.attemptId;
  return id === null ? undefined : attempts.get(id);
}

type Routes = ReturnType<CatalogSnapshot['routesOf']>;

/** A route that has left the catalogue can do nothing any more but be polled. */
function routeFacts(attempt: AttemptRecord | undefined, inputs: BatchInputs, routes: Routes): RouteFacts {
  return attempt === undefined ? noRoute : factsOf(attempt.channelId, inputs, routes);
}

function factsOf(channelId: string, { snapshot, callbacks }: BatchInputs, routes: Routes): RouteFacts {
  const adapter = snapshot.adapter(channelId);
  const route = routes.find((candidate) => candidate.channelId === channelId);
  return {
    failoverAfterAcceptance: route?.failoverAfterAcceptance ?? false,
    completion: adapter?.completion === 'callback' && callbacks !== undefined ? 'callback' : 'poll',
    cancel: adapter?.cancel ?? false,
    lookup: adapter?.lookup ?? false,
    adopt: adapter?.adopt ?? false,
  };
}

const noRoute: RouteFacts = {
  failoverAfterAcceptance: false,
  completion: 'poll',
  cancel: false,
  lookup: false,
  adopt: false,
};

/** A dispatch brings its own attempt, which did not exist when the facts were gathered. */
function freshRoute(
  task: TaskRecord,
  observation: TaskObservation,
  inputs: BatchInputs,
  route: RouteFacts,
): RouteFacts {
  if (observation.kind !== 'dispatched') return route;
  return factsOf(observation.attempt.channelId, inputs, inputs.snapshot.routesOf(task.model, task.mode));
}

function attemptsChangedBy(decision: Decision, attempts: ReadonlyMap<string, AttemptRecord>): AttemptRecord[] {
  if (decision.attempt === undefined) return [];
  if ('created' in decision.attempt) return [decision.attempt.created];
  const before = attempts.get(decision.attempt.id);
  return before === undefined ? [] : [{ ...before, ...decision.attempt.change }];
}

function eventOf(task: TaskRecord, type: string, data: Partial<TaskProgress>, now: Date): NewEvent {
  return { taskId: task.id, version: task.version, type, data, engineVersion: task.engineVersion, at: now };
}

/** undefined: the timer stays where it is. One that has fired stands anywhere, so it is always put right. */
function wakeOf(
  task: TaskRecord,
  decision: Decision,
  observation: TaskObservation,
  { attempts, route, now }: { attempts: ReadonlyMap<string, AttemptRecord>; route: RouteFacts; now: Date },
): Date | null | undefined {
  if (decision.wakeAt !== undefined) return decision.wakeAt;
  const hasFired = observation.kind === 'phase_due';
  if (!hasFired && decision.change === undefined && decision.attempt === undefined) return undefined;
  const attempt = task.attemptId === null ? undefined : attempts.get(task.attemptId);
  const wanted = wakeAt(task, attempt, now, route.lookup || route.completion === 'callback');
  return hasFired ? wanted : rearm(task.wakesAt, wanted, now);
}

/** Whoever looks at a task only to find it gone: the time after which another claimer may. */
const leaseMs = 30_000;

function timersOf(task: TaskRecord, wake: Date | null | undefined, { poll }: Decision): TimerChange[] {
  const phase = wake instanceof Date ? { dueAt: wake, waitMs: leaseMs, growth: 1, maxWaitMs: leaseMs } : wake;
  return [
    ...(phase === undefined ? [] : [{ taskId: task.id, kind: 'phase' as const, attemptId: null, timer: phase }]),
    ...(poll === undefined ? [] : [{ taskId: task.id, kind: 'poll' as const, attemptId: task.attemptId, timer: poll }]),
  ];
}

/** What dispatchers need to know, each thing once. */
class Notes {
  private readonly notes: Note[] = [];
  private readonly waiting = new Set<string>();

  get all(): readonly Note[] {
    return this.notes;
  }

  take(effect: Effect, task: TaskRecord, channels: readonly string[]): void {
    const { accountId } = task;
    if (effect.kind === 'return_slot') {
      this.notes.push({ channelId: effect.channelId, kind: 'returned', accountId });
    } else if (effect.kind === 'report_channel') {
      const { channelId, outcome, retryAfterMs } = effect;
      this.notes.push({ channelId, kind: outcome, retryAfterMs });
    } else if (effect.kind === 'enqueue') {
      for (const channelId of channels.filter((channel) => !task.triedChannels.includes(channel))) {
        const key = `${channelId} ${accountId}`;
        if (!this.waiting.has(key)) this.notes.push({ channelId, kind: 'queued', accountId });
        this.waiting.add(key);
      }
    }
  }
}

function endedBy(before: readonly TaskRecord[], now: ReadonlyMap<string, TaskRecord>): TaskRecord[] {
  return before
    .filter((task) => !isTerminal(task.state))
    .flatMap((task) => now.get(task.id) ?? [])
    .filter((task) => isTerminal(task.state));
}

function present<Entry>(ids: ReadonlySet<string>, entries: ReadonlyMap<string, Entry>): Entry[] {
  return [...ids].flatMap((id) => entries.get(id) ?? []);
}
