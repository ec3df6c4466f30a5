import { sampleTask } from '../../test/sample-task.js';
import { admit } from './admit.js';
import { type Prepared } from './prepare.js';

const prepared = (id: string, changes: Partial<Prepared> = {}, accountId = 'acc'): Prepared => ({
  task: sampleTask({ id, accountId }),
  totalSeconds: 60,
  maxQueued: 3,
  maxConcurrent: null,
  ...changes,
});
const ids = (entries: readonly Prepared[]) => entries.map((entry) => entry.task.id);

describe('admission', () => {
  it('fills the room that is left in the order of arrival', () => {
    const admission = admit([prepared('a'), prepared('b'), prepared('c')], [], new Map([['acc', 1]]));
    expect(ids(admission.fresh)).toEqual(['a', 'b']);
    expect(admission.refused.get('c')).toMatchObject({ code: 'queue_full', details: { limit: 3 } });
  });

  it('counts each account for itself', () => {
    const admission = admit([prepared('a'), prepared('b', {}, 'other')], [], new Map([['acc', 3]]));
    expect(ids(admission.fresh)).toEqual(['b']);
  });

  it('knows the narrower limit of simultaneous tasks', () => {
    const narrow = { maxConcurrent: 1 };
    const admission = admit([prepared('a', narrow), prepared('b', narrow)], [], new Map());
    expect(ids(admission.fresh)).toEqual(['a']);
    expect(admission.refused.get('b')).toMatchObject({ code: 'concurrency_limited' });
  });

  it('never refuses a repeat for lack of room, and never shows a foreign task', () => {
    const existing = [
      { id: 'a', accountId: 'acc', state: 'reserving' as const },
      { id: 'b', accountId: 'acc', state: 'completed' as const },
      { id: 'c', accountId: 'other', state: 'queued' as const },
    ];
    const admission = admit([prepared('a'), prepared('b'), prepared('c')], existing, new Map([['acc', 3]]));
    expect(ids(admission.reserving)).toEqual(['a']);
    expect([...admission.refused.keys()]).toEqual(['c']);
    expect(admission.refused.get('c')).toMatchObject({ code: 'conflict' });
    expect(admission.fresh).toEqual([]);
  });
});
