import { sampleAttempt, sampleTask, start } from '../../test/sample-task.js';
import { pollTimer, rearm, wakeAt } from './timing.js';

const at = (seconds: number) => new Date(start.getTime() + seconds * 1_000);
const secondsOf = (time: Date | null) => (time === null ? null : (time.getTime() - start.getTime()) / 1_000);

describe('when a task is looked at again', () => {
  const task = sampleTask({ queuedAt: start });
  const attempt = sampleAttempt();
  const wake = (changes: object, now = at(0), mayBeLearned = true, ofAttempt = attempt) =>
    secondsOf(wakeAt({ ...task, ...changes }, ofAttempt, now, mayBeLearned));

  it('is the deadline of its phase, or the time to send a message again', () => {
    expect(wake({ state: 'reserving' })).toBe(30);
    expect(wake({ state: 'queued' })).toBe(3_600);
    expect(wake({ state: 'submitting' })).toBe(30);
    expect(wake({ state: 'running' }, at(0), true, sampleAttempt({ acceptedAt: at(60) }))).toBe(3_660);
    expect(wake({ state: 'storing' })).toBe(15);
    expect(wake({ state: 'settling' })).toBe(15);
    expect(wake({ state: 'completed' })).toBeNull();
    expect(wake({ state: 'failed' })).toBeNull();
  });

  it('comes twice as late each time, up to a limit', () => {
    const settling = (seconds: number) => wake({ state: 'settling' }, at(seconds));
    expect([settling(15), settling(30), settling(60), settling(86_400)]).toEqual([30, 60, 120, 87_000]);
  });

  it('never passes the deadline', () => {
    expect(wake({ state: 'submitting' }, at(110))).toBe(120);
    expect(wake({ state: 'storing' }, at(7_100))).toBe(7_200);
    expect(wake({ state: 'queued', deadlineAt: at(100) })).toBe(100);
    const unknown = sampleAttempt({ state: 'unknown' });
    expect(wake({ state: 'submitting' }, at(110), false, unknown)).toBe(120);
    expect(wake({ state: 'submitting' }, at(110), true, unknown)).toBe(220);
  });
});

describe('rearm', () => {
  it('leaves a timer that is due soon enough, and moves one that is late or may have fired', () => {
    expect(rearm(at(20), at(60), at(10))).toBeUndefined();
    expect(rearm(at(90), at(60), at(10))).toEqual(at(60));
    expect(rearm(at(5), at(60), at(10))).toEqual(at(60));
    expect(rearm(at(20), null, at(10))).toBeNull();
  });
});

describe('polling', () => {
  const first = (p50: number, hasCallback = false) => secondsOf(pollTimer(p50, hasCallback, start, 0.5).dueAt);

  it('looks first a little before the model usually ends', () => {
    expect([first(0.1), first(1), first(20), first(300)]).toEqual([0.3, 0.8, 16, 30]);
  });

  it('is a safety net where the provider calls back', () => {
    expect([first(1, true), first(10, true), first(120, true)]).toEqual([10, 30, 75]);
    expect(pollTimer(120, true, start, 0.5)).toMatchObject({ waitMs: 75_000, maxWaitMs: 90_000 });
  });

  it('then every 3 to 30 s, faster only for the fastest models', () => {
    const waits = [1, 60, 3_600].map((p50) => pollTimer(p50, false, start, 0.5).waitMs);
    expect(waits).toEqual([500, 4_500, 30_000]);
  });

  it('spreads the looks', () => {
    expect(secondsOf(pollTimer(10, false, start, 0).dueAt)).toBe(6.4);
    expect(secondsOf(pollTimer(10, false, start, 1).dueAt)).toBe(9.6);
  });
});
