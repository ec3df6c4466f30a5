import * as fc from 'fast-check';
import { failureCodes, type Failure, type Observation } from '@videoapi/contracts';
import { decide } from './decide.js';
import { changeOf, type Context, type Effect } from './decision.js';
import { fold, progressFields, type TaskEvent } from './fold.js';
import { type TaskObservation } from './observation.js';
import { sampleContext, sampleTask, start } from '../../test/sample-task.js';
import { isTerminal, statusOf } from './states.js';
import { type AttemptRecord, type TaskRecord } from './task.js';
import { wakeAt } from './timing.js';
import { toTask } from './view.js';

/** Attempts are numbered, so that reports can name present, past and future ones. */
const attemptIds = ['a1', 'a2', 'a3'];
const channels = ['first', 'second'];

const failure: fc.Arbitrary<Failure> = fc.record({
  code: fc.constantFrom(...failureCodes),
  message: fc.constant('why'),
});
const providerState: fc.Arbitrary<Observation> = fc.oneof(
  fc.constant<Observation>({ state: 'queued' }),
  fc.integer({ min: 0, max: 100 }).map((progress): Observation => ({ state: 'running', progress })),
  fc.constant<Observation>({ state: 'succeeded', outputs: [{ kind: 'url', url: 'https://a.b/c' }], usage: {} }),
  failure.map((cause): Observation => ({ state: 'failed', failure: cause })),
  fc.constant<Observation>({ state: 'gone' }),
  fc.constant<Observation>({ state: 'unreadable', reason: 'x' }),
  fc.constant<Observation>({ state: 'unreadable', reason: 'x', channel: 'credentials' }),
);
const report = { attemptId: fc.constantFrom(...attemptIds), epoch: fc.integer({ min: 0, max: 2 }) };
const upstreamName = fc.constantFrom('u', 'v', 'w', 'x', 'y', 'z');
const quote = { credits: '10', priceId: '1', mode: 'per_call', rate: '10', units: 1 } as const;

const observation: fc.Arbitrary<TaskObservation> = fc.oneof(
  fc.constant<TaskObservation>({ kind: 'hold_placed', quote }),
  fc.constant<TaskObservation>({ kind: 'reservation_abandoned' }),
  fc.constantFrom(...channels).map((channelId): TaskObservation => ({
    kind: 'dispatched',
    attempt: { id: 'next', channelId, provider: 'p', lane: 'l', upstreamModel: 'u' },
  })),
  fc.record({ kind: fc.constant('accepted' as const), ...report, handle: fc.constant({ id: 'u' }) }),
  upstreamName.chain((upstreamId) =>
    fc.record({
      kind: fc.constant('accepted' as const),
      ...report,
      handle: fc.constant({ id: upstreamId }),
      upstreamId: fc.constant(upstreamId),
    }),
  ),
  fc.record({ kind: fc.constant('refused' as const), ...report, failure }),
  fc.record({ kind: fc.constant('submit_unknown' as const), ...report }),
  fc.record({ kind: fc.constant('observed' as const), ...report, observation: providerState }),
  fc.record({
    kind: fc.constant('attempt_cancelled' as const),
    ...report,
    outcome: fc.constantFrom('cancelled' as const, 'too_late' as const, 'unsupported' as const, 'unknown' as const),
  }),
  fc.record({
    kind: fc.constant('callback' as const),
    attemptId: report.attemptId,
    upstreamId: fc.option(upstreamName, { nil: undefined }),
  }),
  fc.record({ kind: fc.constant('stored' as const), attemptId: report.attemptId, outputs: fc.constant([]) }),
  fc.record({ kind: fc.constant('store_failed' as const), attemptId: report.attemptId, retryable: fc.boolean() }),
  fc.constant<TaskObservation>({ kind: 'phase_due' }),
  fc.constant<TaskObservation>({ kind: 'cancel_requested' }),
  fc.constant<TaskObservation>({ kind: 'delete_requested' }),
  fc.constant<TaskObservation>({ kind: 'operator_failed', reason: 'by hand' }),
);

interface Step {
  readonly observation: TaskObservation | 'billing';
  readonly afterSeconds: number;
  readonly permit: boolean;
}
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    observation: fc.oneof(
      { weight: 8, arbitrary: observation },
      { weight: 2, arbitrary: fc.constant('billing' as const) },
    ),
    afterSeconds: fc.oneof(fc.integer({ min: 0, max: 20 }), fc.constant(1_000)),
    permit: fc.boolean(),
  }),
  { maxLength: 40, size: 'max' },
);
const route: fc.Arbitrary<Context['route']> = fc.record({
  failoverAfterAcceptance: fc.boolean(),
  completion: fc.constantFrom('poll' as const, 'callback' as const),
  cancel: fc.boolean(),
  lookup: fc.boolean(),
  adopt: fc.boolean(),
});

/** A task, its attempts, its timers and the hold that billing keeps for it. */
class Life {
  task: TaskRecord;
  readonly attempts = new Map<string, AttemptRecord>();
  readonly events: TaskEvent[] = [];
  readonly slots = new Map<string, number>();
  readonly asked = new Set<'settle' | 'release'>();
  terminalFacts = 0;
  private now = start;

  constructor(
    mode: 'live' | 'test',
    private readonly routeFacts: Context['route'],
  ) {
    this.task = sampleTask({ mode });
  }

  take(step: Step): void {
    this.now = new Date(this.now.getTime() + step.afterSeconds * 1_000);
    if (step.permit) this.givePermit();
    const seen = step.observation === 'billing' ? this.billingSays() : step.observation;
    if (seen !== undefined) this.apply(seen.kind === 'dispatched' ? this.dispatch(seen) : seen);
  }

  private apply(seen: TaskObservation): void {
    const named = 'attemptId' in seen ? seen.attemptId : this.task.attemptId;
    const attempt = named === null ? undefined : this.attempts.get(named);
    const before = this.task;
    const decision = decide(before, seen, sampleContext({ now: this.now, attempt, channels, route: this.routeFacts }));
    const change = changeOf(before, decision, this.now);
    if (change !== undefined) this.task = { ...before, ...change, version: before.version + 1 };
    if (decision.attempt !== undefined) this.changeAttempt(decision.attempt);
    must(seen.kind !== 'callback' || this.task === before, 'a callback alone changed the task');
    for (const { namedIds } of this.attempts.values()) must(namedIds.length <= 4, 'too many names');
    if (this.task !== before) {
      const data: unknown = JSON.parse(JSON.stringify(change));
      this.events.push({ version: this.task.version, type: decision.type, data: Object(data) });
    }
    for (const effect of decision.effects) this.follow(effect);
    this.check(before);
  }

  private changeAttempt(change: NonNullable<ReturnType<typeof decide>['attempt']>): void {
    if ('created' in change) {
      this.attempts.set(change.created.id, change.created);
      return;
    }
    const before = this.attempts.get(change.id);
    if (before !== undefined) this.attempts.set(change.id, { ...before, ...change.change });
  }

  private follow(effect: Effect): void {
    if (effect.kind === 'return_slot') {
      this.slots.set(effect.attemptId, (this.slots.get(effect.attemptId) ?? 0) + 1);
      const attempt = this.attempts.get(effect.attemptId);
      if (attempt !== undefined) this.attempts.set(attempt.id, { ...attempt, slotReturned: true });
    }
    if (effect.kind === 'resolve_hold') {
      this.asked.add(this.task.outcome?.result === 'completed' ? 'settle' : 'release');
    }
    if (effect.kind === 'announce' && (effect.fact === 'completed' || effect.fact === 'failed'))
      this.terminalFacts += 1;
  }

  private check(before: TaskRecord): void {
    const { task } = this;
    must(rankOf(task) >= rankOf(before), 'status moved back');
    must(task.progress >= before.progress, 'progress fell');
    const isOver = isTerminal(task.state);
    if (isTerminal(before.state)) must(same(task, before), 'a terminal task changed');
    must(this.asked.size <= (task.mode === 'test' ? 0 : 1), 'settled and released');
    for (const returns of this.slots.values()) must(returns === 1, 'a slot came back twice');
    must(this.terminalFacts === (isOver ? 1 : 0), 'the end was announced not exactly once');
    const attempt = task.attemptId === null ? undefined : this.attempts.get(task.attemptId);
    const wake = wakeAt(task, attempt, this.now, true);
    must(isOver === (wake === null), 'somebody must look at it again, until it has ended');
    must(task.state === 'completed' || toTask(task, this.now).outputs.length === 0, 'shown before it was paid for');
  }

  /** At the end nobody holds a slot, and the history tells the row. */
  checkEnd(): void {
    const folded = fold(this.events, this.task.createdAt);
    for (const field of progressFields) {
      must(JSON.stringify(folded[field]) === JSON.stringify(this.task[field]), `${field} does not fold`);
    }
    if (!isTerminal(this.task.state)) return;
    for (const attempt of this.attempts.values()) must(attempt.slotReturned, 'a slot was kept');
    must(this.task.state === 'completed' || this.task.creditsCharged === '0', 'charged for nothing');
  }

  private dispatch(seen: Extract<TaskObservation, { kind: 'dispatched' }>): TaskObservation {
    const id = attemptIds[this.attempts.size] ?? `a${this.attempts.size + 1}`;
    return { ...seen, attempt: { ...seen.attempt, id } };
  }

  private givePermit(): void {
    const attempt = this.task.attemptId === null ? undefined : this.attempts.get(this.task.attemptId);
    if (attempt?.state !== 'submitting' || attempt.callStartedAt !== null) return;
    this.attempts.set(attempt.id, { ...attempt, callStartedAt: this.now, epoch: attempt.epoch + 1 });
  }

  private billingSays(): TaskObservation | undefined {
    if (this.asked.has('settle')) return { kind: 'hold_resolved', outcome: 'settled', held: '10', charged: '10' };
    if (this.asked.has('release')) return { kind: 'hold_resolved', outcome: 'released', held: '10', charged: '0' };
    return undefined;
  }
}

/** `expect` costs more than the whole history. */
function must(isTrue: boolean, complaint: string): void {
  if (!isTrue) throw new Error(complaint);
}

function rankOf(task: TaskRecord): number {
  return { pending: 0, processing: 1, completed: 2, failed: 2 }[statusOf(task.state, task.startedAt !== null)];
}

function same(one: TaskRecord, other: TaskRecord): boolean {
  const without = (task: TaskRecord) => JSON.stringify({ ...task, deletedAt: null, version: 0 });
  return without(one) === without(other);
}

/** The happy way, of which a history first goes a part: chance alone would rarely get far. */
const happy: Step[] = (
  [
    { kind: 'hold_placed', quote },
    { kind: 'dispatched', attempt: { id: 'next', channelId: 'first', provider: 'p', lane: 'l', upstreamModel: 'u' } },
    { kind: 'accepted', attemptId: 'a1', epoch: 1, handle: {} },
    { kind: 'observed', attemptId: 'a1', epoch: 1, observation: { state: 'running', progress: 50 } },
    {
      kind: 'observed',
      attemptId: 'a1',
      epoch: 1,
      observation: { state: 'succeeded', outputs: [{ kind: 'url', url: 'https://a.b/c' }], usage: {} },
    },
    { kind: 'stored', attemptId: 'a1', outputs: [] },
  ] satisfies TaskObservation[]
).map((seen) => ({ observation: seen, afterSeconds: 1, permit: true }));

/** What always ends a task in the end: nobody answers any more but billing. */
const silence: Step[] = Array.from({ length: 30 }, (_, index) => ({
  observation: index % 2 === 0 ? { kind: 'phase_due' as const } : ('billing' as const),
  afterSeconds: 1_000,
  permit: false,
}));

describe('any history at all', () => {
  it('keeps status and credits in order, ends, and folds to the row', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('live' as const, 'test' as const),
        route,
        fc.nat(happy.length),
        steps,
        (...inputs) => {
          const [mode, facts, part, history] = inputs;
          const life = new Life(mode, facts);
          for (const step of [...happy.slice(0, part), ...history]) life.take(step);
          if (life.task.state !== 'reserving') {
            for (const step of silence) life.take(step);
            must(isTerminal(life.task.state), 'it never ends');
          }
          life.checkEnd();
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
