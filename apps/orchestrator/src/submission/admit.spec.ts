import { sampleTask } from '../../test/sample-task.js';
import { admit, type Open } from './admit.js';
import { type Prepared } from './prepare.js';

const prepared = (id: string, changes: Partial<Prepared> = {}, accountId = 'acc', apiKeyId = 'key'): Prepared => ({
  task: sampleTask({ id, accountId, apiKeyId }),
  totalSeconds: 60,
  maxQueued: 3,
  maxConcurrent: null,
  keyMaxConcurrent: null,
  ...changes,
});
const open = (accounts: Record<string, number> = {}, keys: Record<string, number> = {}): Open => ({
  accounts: new Map(Object.entries(accounts)),
  keys: new Map(Object.entries(keys)),
});
const ids = (entries: readonly Prepared[]) => entries.map((entry) => entry.task.id);

describe('admission', () => {
  it('fills the room that is left in the order of arrival', () => {
    const admission = admit([prepared('a'), prepared('b'), prepared('c')], [], open({ acc: 1 }));
    expect(ids(admission.fresh)).toEqual(['a', 'b']);
    expect(admission.refused.get('c')).toMatchObject({ code: 'queue_full', details: { limit: 3 } });
  });

  it('counts each account for itself', () => {
    const admission = admit([prepared('a'), prepared('b', {}, 'other')], [], open({ acc: 3 }));
    expect(ids(admission.fresh)).toEqual(['b']);
  });

  it('knows the narrower limit of simultaneous tasks, whatever keys they come by', () => {
    const narrow = { maxConcurrent: 1 };
    const admission = admit([prepared('a', narrow), prepared('b', narrow, 'acc', 'second')], [], open());
    expect(ids(admission.fresh)).toEqual(['a']);
    expect(admission.refused.get('b')).toMatchObject({ code: 'concurrency_limited' });
  });

  it('counts each key that has a limit for itself', () => {
    const limit = { keyMaxConcurrent: 2, maxQueued: 10 };
    const batch = [
      prepared('a', limit),
      prepared('b', limit, 'acc', 'second'),
      prepared('c', limit),
      prepared('d', { maxQueued: 10 }, 'acc', 'third'),
    ];
    const admission = admit(batch, [], open({ acc: 5 }, { key: 1 }));
    expect(ids(admission.fresh)).toEqual(['a', 'b', 'd']);
    expect(admission.refused.get('c')).toMatchObject({
      code: 'concurrency_limited',
      details: { limit: 2 },
      retryAfterMs: 5_000,
    });
  });

  it('holds a key with room of its own to the room of its account', () => {
    const batch = [prepared('a', { keyMaxConcurrent: 9 }), prepared('b', { keyMaxConcurrent: 9, maxConcurrent: 2 })];
    const admission = admit(batch, [], open({ acc: 3 }));
    expect(admission.refused.get('a')).toMatchObject({ code: 'queue_full', retryAfterMs: 10_000 });
    expect(admission.refused.get('b')).toMatchObject({ code: 'concurrency_limited', details: { limit: 2 } });
  });

  it('never refuses a repeat for lack of room, and never shows a foreign task', () => {
    const existing = [
      { id: 'a', accountId: 'acc', state: 'reserving' as const },
      { id: 'b', accountId: 'acc', state: 'completed' as const },
      { id: 'c', accountId: 'other', state: 'queued' as const },
    ];
    const full = { keyMaxConcurrent: 1 };
    const batch = [prepared('a', full), prepared('b', full), prepared('c', full)];
    const admission = admit(batch, existing, open({ acc: 3 }, { key: 1 }));
    expect(ids(admission.reserving)).toEqual(['a']);
    expect([...admission.refused.keys()]).toEqual(['c']);
    expect(admission.refused.get('c')).toMatchObject({ code: 'conflict' });
    expect(admission.fresh).toEqual([]);
  });
});
