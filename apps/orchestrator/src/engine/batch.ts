import { type OutboxMessage } from '@videoapi/database';
import { type CatalogSnapshot } from '../catalog/snapshot.js';
import { decide } from '../task/decide.js';
import { applyChange, type Decision, type Effect, type RouteFacts } from '../task/decision.js';
import { type TaskObservation } from '../task/observation.js';
import { type AttemptRecord, type TaskRecord } from '../task/task.js';
import { type Applied, type Observed } from './applied.js';
import { type CallbackSettings, type MessageContext, messageOf } from './messages.js';
import { type NewEvent, type TimerChange } from './task.store.js';

export interface BatchInputs {
  readonly tasks: readonly TaskRecord[];
  readonly attempts: readonly AttemptRecord[];
  readonly snapshot: CatalogSnapshot;
  readonly callbacks: CallbackSettings | undefined;
  readonly now: Date;
  readonly random: () => number;
}

export type Alarm = { readonly event: string; readonly taskId: string; readonly attemptId: string | undefined };

/** Everything that a batch of observations changes, still in memory: one set-based statement per field. */
export interface BatchOutcome {
  readonly applied: readonly Applied[];
  readonly tasks: readonly TaskRecord[];
  readonly events: readonly NewEvent[];
  readonly attempts: readonly AttemptRecord[];
  readonly timers: readonly TimerChange[];
  readonly messages: readonly OutboxMessage[];
  readonly effects: readonly Effect[];
  readonly waiting: readonly { readonly accountId: string; readonly channelIds: readonly string[] }[];
  readonly alarms: readonly Alarm[];
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
  const effects: Effect[] = [];
  const waiting: { accountId: string; channelIds: readonly string[] }[] = [];
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
      channels,
    });
    const task = applyChange(before, decision);
    tasks.set(taskId, task);
    for (const changed of attemptsChangedBy(decision, attempts)) {
      attempts.set(changed.id, changed);
      changedAttempts.add(changed.id);
    }
    if (task !== before) {
      changedTasks.add(taskId);
      events.push(eventOf(task, decision, inputs.now));
    }
    for (const change of timersOf(task, decision)) timers.set(`${change.kind} ${taskId}`, change);
    const sentFor = freshRoute(task, observation, inputs, route);
    const context: MessageContext = { ...inputs, task, attempts, route: sentFor };
    for (const effect of decision.effects) {
      const message = messageOf(effect, context);
      if (message !== undefined) messages.push(message);
      else effects.push(effect);
      if (effect.kind === 'alarm') alarms.push({ event: effect.event, taskId, attemptId: attempt?.id });
      if (effect.kind === 'enqueue') {
        const channelIds = channels.filter((channel) => !task.triedChannels.includes(channel));
        waiting.push({ accountId: task.accountId, channelIds });
      }
    }
    return { taskId, isChanged: task !== before, refusal: decision.refusal };
  });

  return {
    applied: verdicts.map((verdict) => ({ ...verdict, task: tasks.get(verdict.taskId) })),
    tasks: present(changedTasks, tasks),
    attempts: present(changedAttempts, attempts),
    timers: [...timers.values()],
    events,
    messages,
    effects,
    waiting,
    alarms,
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
  };
}

const noRoute: RouteFacts = { failoverAfterAcceptance: false, completion: 'poll', cancel: false, lookup: false };

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

function eventOf(task: TaskRecord, decision: Decision, now: Date): NewEvent {
  return {
    taskId: task.id,
    version: task.version,
    type: decision.type,
    data: decision.change,
    engineVersion: task.engineVersion,
    at: now,
  };
}

function timersOf(task: TaskRecord, { phase, poll }: Decision): TimerChange[] {
  const key = { taskId: task.id, attemptId: task.attemptId };
  return [
    ...(phase === undefined ? [] : [{ ...key, kind: 'phase' as const, timer: phase }]),
    ...(poll === undefined ? [] : [{ ...key, kind: 'poll' as const, timer: poll }]),
  ];
}

function present<Entry>(ids: ReadonlySet<string>, entries: ReadonlyMap<string, Entry>): Entry[] {
  return [...ids].flatMap((id) => entries.get(id) ?? []);
}
