import { type Failure } from '@videoapi/contracts';
import { decide } from './decide.js';
import { changeOf, type Context, type Decision } from './decision.js';
import { type TaskObservation } from './observation.js';
import { sampleAttempt, sampleContext, sampleTask, start } from '../../test/sample-task.js';
import { type AttemptRecord, type TaskRecord } from './task.js';
import { type TaskState } from './states.js';

const attemptId = sampleAttempt().id;
const ref = { attemptId, epoch: 1 };
const quote = { credits: '10', priceId: '1', mode: 'per_call', rate: '10', units: 1 } as const;
const outputs = [
  {
    mediaId: 'm',
    path: '/media/m/s.mp4',
    contentType: 'video/mp4',
    size: 1,
    width: 1,
    height: 1,
    durationMs: 5_200,
    thumbnailPath: null,
  },
];
const success = {
  state: 'succeeded' as const,
  outputs: [{ kind: 'url' as const, url: 'https://a.b/c' }],
  usage: { tokens: 7 },
};
const failed = (code: Failure['code']): TaskObservation => ({
  kind: 'observed',
  ...ref,
  observation: { state: 'failed', failure: { code, message: 'why' } },
});
const refused = (code: Failure['code'], retryAfterMs?: number): TaskObservation => ({
  kind: 'refused',
  ...ref,
  failure: { code, message: 'why', ...(retryAfterMs !== undefined && { retryAfterMs }) },
});

/** A task and its attempt in the middle of their life. */
function at(state: TaskState, changes: Partial<TaskRecord> = {}, attempt: Partial<AttemptRecord> = {}) {
  const attemptState = { submitting: 'submitting', running: 'running', storing: 'succeeded' } as const;
  const isTried = state === 'submitting' || state === 'running' || state === 'storing' || state === 'settling';
  const current = sampleAttempt({
    state: isTried && state !== 'settling' ? attemptState[state] : 'succeeded',
    callStartedAt: start,
    ...(state === 'running' && { acceptedAt: start, handle: { id: 'u' } }),
    ...(state === 'storing' && { lastObservation: success }),
    ...attempt,
  });
  const task = sampleTask({
    state,
    version: 4,
    creditsReserved: '10',
    queuedAt: start,
    ...(isTried && { attemptId, attemptCount: 1, startedAt: start }),
    ...changes,
  });
  return { task, attempt: isTried ? current : undefined };
}

function when(from: ReturnType<typeof at>, observation: TaskObservation, context: Partial<Context> = {}): Decision {
  return decide(from.task, observation, sampleContext({ attempt: from.attempt, ...context }));
}

const kinds = (decision: Decision) => decision.effects.map((effect) => effect.kind);
const later = (seconds: number) => ({ now: new Date(start.getTime() + seconds * 1_000) });

describe('the way to a result', () => {
  it.each<[TaskState, TaskObservation, TaskState, string[]]>([
    ['reserving', { kind: 'hold_placed', quote }, 'queued', ['announce', 'enqueue']],
    [
      'queued',
      {
        kind: 'dispatched',
        attempt: { id: attemptId, channelId: 'first', provider: 'p', lane: 'l', upstreamModel: 'u' },
      },
      'submitting',
      ['submit', 'announce'],
    ],
    ['submitting', { kind: 'accepted', ...ref, handle: {} }, 'running', ['report_channel']],
    ['submitting', { kind: 'observed', ...ref, observation: success }, 'storing', ['store', 'return_slot']],
    ['running', { kind: 'observed', ...ref, observation: success }, 'storing', ['store', 'return_slot']],
    ['storing', { kind: 'stored', attemptId, outputs }, 'settling', ['resolve_hold']],
  ])('%s --%o--> %s', (from, observation, to, effects) => {
    const decision = when(at(from), observation);
    expect(decision.change?.state).toBe(to);
    expect(kinds(decision)).toEqual(effects);
  });

  it('pays for the probed duration and the tokens that the provider counted', () => {
    const decision = when(at('storing'), { kind: 'stored', attemptId, outputs });
    expect(decision.change?.outcome).toEqual({ result: 'completed', usage: { durationMs: 5_200, tokens: 7 } });
  });

  it('completes when billing has settled', () => {
    const from = at('settling', { outcome: { result: 'completed', usage: {} } });
    const decision = when(from, { kind: 'hold_resolved', outcome: 'settled', held: '10', charged: '8' });
    expect(decision.change).toMatchObject({
      state: 'completed',
      creditsCharged: '8',
      creditsRefunded: false,
      progress: 100,
    });
  });

  it('needs no settlement in test mode', () => {
    const decision = when(at('storing', { mode: 'test' }), { kind: 'stored', attemptId, outputs });
    expect(decision.change).toMatchObject({ state: 'completed', creditsCharged: '0' });
    expect(kinds(decision)).toEqual(['announce']);
  });
});

describe('the way to a failure', () => {
  it.each<[TaskState, TaskObservation, string, Partial<Context>]>([
    ['submitting', refused('content_rejected'), 'content_rejected', {}],
    ['submitting', refused('invalid_request'), 'invalid_request', {}],
    ['submitting', refused('channel_balance'), 'provider_unavailable', { channels: ['first'] }],
    ['submitting', refused('channel_credentials'), 'provider_unavailable', { channels: ['first'] }],
    ['running', failed('provider_error'), 'provider_error', {}],
    ['running', failed('content_rejected'), 'content_rejected', {}],
    ['running', failed('expired'), 'provider_error', {}],
    ['running', failed('rate_limited'), 'provider_unavailable', {}],
    ['running', { kind: 'observed', ...ref, observation: { state: 'gone' } }, 'provider_error', later(60)],
    ['running', { kind: 'phase_due' }, 'timeout', later(3_600)],
    ['submitting', { kind: 'phase_due' }, 'timeout', later(7_300)],
    ['queued', { kind: 'phase_due' }, 'expired', later(3_600)],
    ['storing', { kind: 'store_failed', attemptId, retryable: false }, 'storage_error', {}],
    ['storing', { kind: 'phase_due' }, 'storage_error', later(7_200)],
    ['reserving', { kind: 'reservation_abandoned' }, 'internal_error', {}],
    ['queued', { kind: 'cancel_requested' }, 'cancelled', {}],
    ['running', { kind: 'attempt_cancelled', ...ref, outcome: 'cancelled' }, 'cancelled', {}],
    ['running', { kind: 'operator_failed', reason: 'by hand' }, 'internal_error', {}],
  ])('%s --%o--> %s, after the credits are back', (from, observation, code, context) => {
    const decision = when(at(from), observation, context);
    expect(decision.change).toMatchObject({ state: 'settling', outcome: { result: 'failed', error: { code } } });
    expect(kinds(decision)).toContain('resolve_hold');
    expect(kinds(decision)).not.toContain('announce');
  });

  it('says that credits came back exactly when some had been held', () => {
    const from = at('settling', { outcome: { result: 'failed', error: { code: 'timeout', message: 'x' } } });
    const released = { kind: 'hold_resolved', outcome: 'released', charged: '0' } as const;
    expect(when(from, { ...released, held: '10' }).change).toMatchObject({ state: 'failed', creditsRefunded: true });
    expect(when(from, { ...released, held: '0' }).change).toMatchObject({ state: 'failed', creditsRefunded: false });
  });

  it('tells an operator when billing did something else than it was asked', () => {
    const from = at('settling', { outcome: { result: 'failed', error: { code: 'timeout', message: 'x' } } });
    const decision = when(from, { kind: 'hold_resolved', outcome: 'settled', held: '10', charged: '10' });
    expect(decision.change).toMatchObject({ state: 'failed', creditsCharged: '10', creditsRefunded: false });
    expect(kinds(decision)).toContain('alarm');
  });
});

describe('failover', () => {
  it.each<Failure['code']>([
    'rate_limited',
    'provider_unavailable',
    'provider_error',
    'channel_balance',
    'channel_credentials',
  ])('a refusal with %s moves on to a channel not tried yet', (code) => {
    const decision = when(at('submitting'), refused(code));
    expect(decision.change).toMatchObject({ state: 'queued', triedChannels: ['first'], attemptId: null });
    expect(kinds(decision)).toEqual(['report_channel', 'return_slot', 'enqueue']);
  });

  it('waits for another round when all are tried and one of them may recover', () => {
    const from = at('submitting', { triedChannels: ['second'], mayRecover: true });
    const waiting = when(from, refused('channel_balance', 5_000));
    expect(waiting.change).toMatchObject({ state: 'queued', triedChannels: ['second', 'first'] });
    expect(kinds(waiting)).not.toContain('enqueue');
    expect(waiting.wakeAt?.getTime()).toBe(start.getTime() + 1_000 + 5_000);

    const round = when(at('queued', { triedChannels: ['second', 'first'], mayRecover: true }), { kind: 'phase_due' });
    expect(round.change).toEqual({ triedChannels: [], mayRecover: false });
    expect(kinds(round)).toEqual(['enqueue']);
  });

  it('after acceptance needs the permission of the route', () => {
    const route = {
      failoverAfterAcceptance: true,
      completion: 'poll',
      cancel: true,
      lookup: true,
      adopt: false,
    } as const;
    expect(when(at('running'), failed('provider_error'), { route }).change?.state).toBe('queued');
    expect(when(at('running'), failed('provider_error')).change?.state).toBe('settling');
    expect(when(at('running'), failed('content_rejected'), { route }).change?.state).toBe('settling');
  });

  it('never happens to a task whose cancellation was asked for', () => {
    const decision = when(at('submitting', { cancelRequestedAt: start }), refused('rate_limited'));
    expect(decision.change?.outcome).toMatchObject({ error: { code: 'cancelled' } });
  });

  it('goes on when a job was never taken by any worker', () => {
    const decision = when(at('submitting', {}, { callStartedAt: null }), { kind: 'phase_due' }, later(200));
    expect(decision.change).toMatchObject({ state: 'queued', triedChannels: ['first'] });
  });
});

describe('an unknown outcome', () => {
  const unknown = () => at('submitting', {}, { state: 'unknown' });
  const deaf = {
    failoverAfterAcceptance: false,
    completion: 'poll',
    cancel: false,
    lookup: false,
    adopt: false,
  } as const;

  it('keeps the slot and calls nobody again', () => {
    const decision = when(at('submitting'), { kind: 'submit_unknown', ...ref });
    expect(decision.attempt).toMatchObject({ change: { state: 'unknown' } });
    expect(kinds(decision)).toEqual(['report_channel']);
  });

  it('is looked up again while the provider can be asked', () => {
    expect(kinds(when(unknown(), { kind: 'phase_due' }, later(60)))).toEqual(['submit']);
    expect(kinds(when(unknown(), { kind: 'phase_due' }, { ...later(60), route: deaf }))).toEqual([]);
  });

  it('ends at the submit deadline where nobody could ever tell, else at that of the generation', () => {
    expect(when(unknown(), { kind: 'phase_due' }, { ...later(120), route: deaf }).change?.state).toBe('settling');
    expect(when(unknown(), { kind: 'phase_due' }, later(3_599)).change).toBeUndefined();
    expect(when(unknown(), { kind: 'phase_due' }, later(3_600)).change?.state).toBe('settling');
  });

  it('is also what a call becomes whose worker fell silent', () => {
    const decision = when(at('submitting'), { kind: 'phase_due' }, later(121));
    expect(decision.attempt).toMatchObject({ change: { state: 'unknown' } });
  });

  it('ends well when the render is found', () => {
    expect(when(unknown(), { kind: 'accepted', ...ref, handle: {} }).change?.state).toBe('running');
  });
});

describe('a callback without a poll timer', () => {
  const callback = { kind: 'callback', attemptId } as const;

  it('that overtakes the acceptance is remembered, and looked after at once', () => {
    const early = when(at('submitting'), callback);
    expect(early.attempt).toMatchObject({ change: { calledBackAt: expect.any(Date) } });
    const accepted = when(at('submitting', {}, { calledBackAt: start }), { kind: 'accepted', ...ref, handle: {} });
    expect(accepted.poll?.dueAt).toEqual(later(1).now);
  });

  it('that meets it is looked after at once', () => {
    expect(when(at('running'), callback).poll?.dueAt).toEqual(later(1).now);
  });

  it('of a task that has gone on is nothing', () => {
    expect(when(at('storing'), callback)).toMatchObject({ effects: [] });
  });
});

describe('cancellation', () => {
  const cancel = { kind: 'cancel_requested' } as const;
  const cannot = {
    failoverAfterAcceptance: false,
    completion: 'poll',
    cancel: false,
    lookup: true,
    adopt: false,
  } as const;

  it('stops an attempt that nobody has called for yet', () => {
    const decision = when(at('submitting', {}, { callStartedAt: null }), cancel, { route: cannot });
    expect(decision.attempt).toMatchObject({ change: { state: 'cancelled' } });
    expect(kinds(decision)).toEqual(['return_slot', 'resolve_hold']);
  });

  it('is a request once the provider has it', () => {
    expect(when(at('running'), cancel)).toMatchObject({
      change: { cancelRequestedAt: expect.any(Date) },
      effects: [{ kind: 'cancel' }],
    });
    expect(when(at('submitting'), cancel).change).toEqual({ cancelRequestedAt: expect.any(Date) });
    const accepted = when(at('submitting', { cancelRequestedAt: start }), { kind: 'accepted', ...ref, handle: {} });
    expect(kinds(accepted)).toContain('cancel');
  });

  it.each<[TaskState, Partial<Context>]>([
    ['running', { route: cannot }],
    ['submitting', { route: cannot }],
    ['storing', {}],
    ['settling', {}],
    ['completed', {}],
    ['failed', {}],
  ])('is refused when %s', (state, context) => {
    expect(when(at(state), cancel, context)).toMatchObject({ refusal: 'not_cancellable', effects: [] });
  });

  it('of a task without a hold waits for the hold', () => {
    expect(when(at('reserving'), cancel).change).toEqual({ cancelRequestedAt: expect.any(Date) });
    const placed = when(at('reserving', { cancelRequestedAt: start }), { kind: 'hold_placed', quote });
    expect(placed.change).toMatchObject({ state: 'settling', creditsReserved: '10' });
  });

  it('that comes too late changes nothing', () => {
    for (const outcome of ['too_late', 'unsupported', 'unknown'] as const) {
      expect(when(at('running'), { kind: 'attempt_cancelled', ...ref, outcome }).change).toBeUndefined();
    }
  });
});

it('a look that is told "no such key" leaves the task alone and takes the channel out', () => {
  const observation = { state: 'unreadable', reason: 'status 401', channel: 'credentials' } as const;
  const seen = when(at('running'), { kind: 'observed', ...ref, observation });
  expect(seen).toMatchObject({ effects: [{ kind: 'report_channel', outcome: 'credentials' }] });
  expect(seen.change).toBeUndefined();
  expect(seen.attempt).toBeUndefined();
});

describe('what changes nothing', () => {
  it.each<[string, ReturnType<typeof at>, TaskObservation]>([
    [
      'an unreadable reply',
      at('running'),
      { kind: 'observed', ...ref, observation: { state: 'unreadable', reason: 'x' } },
    ],
    [
      '"no such task" right after acceptance',
      at('running'),
      { kind: 'observed', ...ref, observation: { state: 'gone' } },
    ],
    ['a second acceptance', at('running'), { kind: 'accepted', ...ref, handle: {} }],
    ['a refusal after acceptance of the same call', at('storing'), refused('rate_limited')],
    ['a report under an older permit', at('running', {}, { epoch: 2 }), failed('provider_error')],
    ['a retryable store failure', at('storing'), { kind: 'store_failed', attemptId, retryable: true }],
    ['media of another attempt', at('storing'), { kind: 'stored', attemptId: 'other', outputs }],
    ['a hold that was placed before', at('queued'), { kind: 'hold_placed', quote }],
    [
      'a resolution nobody asked for',
      at('running'),
      { kind: 'hold_resolved', outcome: 'released', held: '10', charged: '0' },
    ],
    [
      'progress that falls',
      at('running', { progress: 50 }),
      { kind: 'observed', ...ref, observation: { state: 'running', progress: 20 } },
    ],
  ])('%s', (_, from, observation) => {
    const decision = when(from, observation);
    expect(decision.change).toBeUndefined();
  });

  it('raises an alarm for a status that nobody knows', () => {
    const decision = when(at('running'), {
      kind: 'observed',
      ...ref,
      observation: { state: 'running', unknownStatus: 'paused' },
    });
    expect(decision.effects).toEqual([{ kind: 'alarm', event: 'unknown_status' }]);
  });
});

describe('messages that may be lost', () => {
  it.each<[TaskState, string]>([
    ['submitting', 'submit'],
    ['storing', 'store'],
    ['settling', 'resolve_hold'],
    ['queued', 'enqueue'],
  ])('are sent again while %s', (state, effect) => {
    const from = at(state, { outcome: state === 'settling' ? { result: 'completed', usage: {} } : null });
    expect(kinds(when(from, { kind: 'phase_due' }, later(60)))).toEqual([effect]);
  });

  it.each<TaskState>(['submitting', 'storing', 'settling'])('are given time to be answered while %s', (state) => {
    expect(when(at(state), { kind: 'phase_due' }, later(10))).toMatchObject({ effects: [] });
  });
});

describe('a late success', () => {
  it('is recorded on its attempt and nowhere else', () => {
    const { task } = at('failed', { attemptId });
    const attempt = sampleAttempt({ state: 'abandoned', slotReturned: true });
    const decision = decide(task, { kind: 'observed', ...ref, observation: success }, sampleContext({ attempt }));
    expect(decision.change).toBeUndefined();
    expect(decision.attempt).toMatchObject({ change: { state: 'late_success' } });
    expect(decision.effects).toEqual([{ kind: 'alarm', event: 'late_success' }]);
  });
});

it('refuses a move that no table allows', () => {
  const { task } = at('queued');
  expect(() => changeOf(task, { type: 'bug', change: { state: 'completed' }, effects: [] }, start)).toThrow(
    'no way from queued',
  );
});
