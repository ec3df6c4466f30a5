import { sampleAttempt, sampleContext, sampleTask, start } from '../../test/sample-task.js';
import { decide } from './decide.js';
import { type Context, type Decision } from './decision.js';
import { type TaskObservation } from './observation.js';
import { type AttemptState, type TaskState } from './states.js';
import { type AttemptRecord } from './task.js';

const attemptId = sampleAttempt().id;
const ref = { attemptId, epoch: 1 };
/** It calls back and names its renders; it has no look-up. */
const route = {
  failoverAfterAcceptance: true,
  completion: 'callback',
  cancel: true,
  lookup: false,
  adopt: true,
} as const;
const handle = { id: 'app/requests/r1' };

const callback = (upstreamId?: string): TaskObservation => ({ kind: 'callback', attemptId, upstreamId });
const found = (upstreamId: string, of: Record<string, unknown> = handle): TaskObservation => ({
  kind: 'accepted',
  ...ref,
  handle: of,
  upstreamId,
});
const readBack = (upstreamId: string) => ({ kind: 'adopt', attemptId, upstreamId });

const taskStates: Partial<Record<AttemptState, TaskState>> = {
  submitting: 'submitting',
  unknown: 'submitting',
  running: 'running',
  succeeded: 'storing',
};

function when(attempt: Partial<AttemptRecord>, observation: TaskObservation, context: Partial<Context> = {}): Decision {
  const seen = sampleAttempt({ callStartedAt: start, ...attempt });
  const task = sampleTask({
    state: taskStates[seen.state] ?? 'failed',
    attemptId,
    attemptCount: 1,
    queuedAt: start,
    startedAt: start,
    creditsReserved: '10',
  });
  return decide(task, observation, sampleContext({ attempt: seen, route, ...context }));
}

const later = (seconds: number) => ({ now: new Date(start.getTime() + seconds * 1_000) });

describe('a callback about an unknown outcome', () => {
  it('has the render that it names read back, and changes nothing else', () => {
    const decision = when({ state: 'unknown' }, callback('r1'));
    expect(decision.change).toBeUndefined();
    expect(decision.attempt).toEqual({ id: attemptId, change: { namedIds: ['r1'] } });
    expect(decision.effects).toEqual([readBack('r1')]);
  });

  it('is looked at again when it comes again', () => {
    const decision = when({ state: 'unknown', namedIds: ['r1'] }, callback('r1'));
    expect([decision.attempt, decision.effects]).toEqual([undefined, [readBack('r1')]]);
  });

  it('is no reason for a fifth name', () => {
    const decision = when({ state: 'unknown', namedIds: ['a', 'b', 'c', 'd'] }, callback('e'));
    expect([decision.attempt, decision.effects]).toEqual([undefined, []]);
  });

  it('that names nothing, or comes from a provider whose names are no use, starts nothing new', () => {
    expect(when({ state: 'unknown' }, callback()).effects).toEqual([]);
    const deaf = { ...route, adopt: false };
    const decision = when({ state: 'unknown' }, callback('r1'), { route: deaf });
    expect([decision.attempt, decision.effects]).toEqual([undefined, [{ kind: 'submit', attemptId }]]);
  });

  it('is looked up as well, where there is a look-up', () => {
    const decision = when({ state: 'unknown' }, callback('r1'), { route: { ...route, lookup: true } });
    expect(decision.effects).toEqual([{ kind: 'submit', attemptId }, readBack('r1')]);
  });

  it('is remembered until the outcome is unknown, if it comes first', () => {
    const early = when({ state: 'submitting' }, callback('r1'));
    expect(early.attempt).toMatchObject({ change: { namedIds: ['r1'], calledBackAt: expect.any(Date) } });
    expect(early.effects).toEqual([]);
    const unknown: TaskObservation = { kind: 'submit_unknown', ...ref };
    for (const [observation, at] of [
      [unknown, later(1)],
      [{ kind: 'phase_due' } as const, later(121)],
    ] as const) {
      const decision = when({ state: 'submitting', namedIds: ['r1'] }, observation, at);
      expect(decision.attempt).toMatchObject({ change: { state: 'unknown' } });
      expect(decision.effects).toContainEqual(readBack('r1'));
    }
  });
});

describe('a render that was read back', () => {
  it('is the one of an unknown attempt, and is polled at once or soon', () => {
    const decision = when({ state: 'unknown', namedIds: ['r1'], calledBackAt: start }, found('r1'), later(60));
    expect(decision.change?.state).toBe('running');
    expect(decision.attempt).toMatchObject({ change: { state: 'running', handle } });
    expect(decision.poll?.dueAt).toEqual(later(60).now);
  });

  it('is asked for again while it cannot be read, until the deadline gives the credits back', () => {
    const unread: Partial<AttemptRecord> = { state: 'unknown', namedIds: ['r1', 'r2'] };
    expect(when(unread, { kind: 'phase_due' }, later(60)).effects).toEqual([readBack('r1'), readBack('r2')]);
    const end = when(unread, { kind: 'phase_due' }, later(3_600));
    expect(end.change?.outcome).toMatchObject({ result: 'failed', error: { code: 'timeout' } });
    expect(end.attempt).toMatchObject({ change: { state: 'abandoned' } });
  });

  it.each<AttemptState>(['running', 'succeeded'])('is a second one when the attempt has another: %s', (state) => {
    const decision = when({ state, handle, namedIds: ['r1', 'r2'] }, found('r2', { id: 'app/requests/r2' }));
    expect([decision.change, decision.attempt]).toEqual([undefined, undefined]);
    expect(decision.effects).toEqual([{ kind: 'alarm', event: 'second_render' }]);
  });

  it.each<AttemptState>(['running', 'succeeded'])('is none when it is the same: %s', (state) => {
    const same = { id: 'r1', api: 'v1' };
    const decision = when({ state, handle: { api: 'v1', id: 'r1' }, namedIds: ['r1'] }, found('r1', same));
    expect(decision).toMatchObject({ effects: [] });
    expect([decision.change, decision.attempt]).toEqual([undefined, undefined]);
  });

  it.each<AttemptState>(['unknown', 'running', 'succeeded', 'abandoned'])('is not taken from another: %s', (state) => {
    const own = state === 'unknown' || state === 'abandoned' ? {} : { handle: { id: 'app/requests/r0' } };
    const decision = when({ state, namedIds: ['r1'], ...own }, found('r1'), { isTaken: true });
    expect([decision.change, decision.attempt, decision.poll]).toEqual([undefined, undefined, undefined]);
    expect(decision.effects).toEqual([{ kind: 'alarm', event: 'taken_render' }]);
  });

  it("does not keep away what the provider's own answer says", () => {
    const decision = when({ state: 'submitting' }, { kind: 'accepted', ...ref, handle }, { isTaken: true });
    expect(decision.change?.state).toBe('running');
    expect(decision.effects).toContainEqual({ kind: 'alarm', event: 'taken_render' });
  });

  it('stays one that was accepted, whatever else its submit answers afterwards', () => {
    const adopted: Partial<AttemptRecord> = { state: 'running', handle, namedIds: ['r1'] };
    const failure = { code: 'rate_limited', message: 'late' } as const;
    expect(when(adopted, { kind: 'refused', ...ref, failure })).toMatchObject({
      effects: [{ kind: 'alarm', event: 'late_report' }],
    });
    expect(when(adopted, { kind: 'submit_unknown', ...ref })).toMatchObject({ effects: [] });
  });
});

describe('a callback with another name', () => {
  const adopted: Partial<AttemptRecord> = { state: 'running', handle, namedIds: ['r1'] };

  it('is read back once', () => {
    const decision = when(adopted, callback('r2'));
    expect(decision.effects).toEqual([readBack('r2')]);
    expect(decision.attempt).toMatchObject({ change: { namedIds: ['r1', 'r2'] } });
    expect(when({ ...adopted, namedIds: ['r1', 'r2'] }, callback('r2')).effects).toEqual([]);
    expect(when({ ...adopted, state: 'succeeded' }, callback('r2')).effects).toEqual([readBack('r2')]);
  });

  it('is a reason to poll, and no more, where the handle came in the answer to the submit', () => {
    const decision = when({ state: 'running', handle }, callback('r2'));
    expect(decision).toMatchObject({ effects: [], poll: { dueAt: expect.any(Date) } });
    expect(when({ state: 'succeeded', handle }, callback('r2'))).toMatchObject({ effects: [] });
  });
});

describe('after the end', () => {
  const given: Partial<AttemptRecord> = { state: 'abandoned', slotReturned: true, endedAt: start };

  it('a callback still finds the render of a task that was given up on', () => {
    expect(when(given, callback('r1')).effects).toEqual([readBack('r1')]);
    const decision = when({ ...given, namedIds: ['r1'] }, found('r1'));
    expect(decision.change).toBeUndefined();
    expect(decision.attempt).toEqual({ id: attemptId, change: { handle } });
    expect(decision.effects).toEqual([{ kind: 'cancel', attemptId }]);
    // Its success is a late one, seen by this look or never.
    expect(decision.poll?.dueAt).toEqual(sampleContext().now);
  });

  it('a callback about an attempt that ended by itself is nothing', () => {
    for (const state of ['refused', 'failed', 'cancelled', 'late_success'] as const) {
      expect(when({ state, handle }, callback('r1'))).toMatchObject({ type: 'nothing', effects: [] });
    }
  });
});
