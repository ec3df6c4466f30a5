import { type Call, type CallOutcome, type Step } from '../call/call.js';
import { runStep } from './run-step.js';

const get: Call = { method: 'GET', path: '/', auth: { put: 'none' } };
const post: Call = { method: 'POST', path: '/', auth: { put: 'none' }, creates: true };
const ok: CallOutcome = { kind: 'reply', reply: { status: 200, headers: {}, body: 1 } };
const lost: CallOutcome = { kind: 'ambiguous', reason: 'reset' };
const unsent: CallOutcome = { kind: 'not_sent', cause: 'network', reason: 'refused' };

function* asking(...calls: Call[]): Step<number> {
  let sum = 0;
  for (const call of calls) sum += Number((yield call).body);
  return sum;
}

function* throwing(): Step<number> {
  yield post;
  throw new TypeError('defect');
}

function* endless(): Step<never> {
  for (;;) yield get;
}

/** Answers in turn. */
function answers(...outcomes: CallOutcome[]) {
  return () => Promise.resolve(outcomes.shift() ?? ok);
}

it('carries replies to the step and returns what it makes of them', async () => {
  expect(await runStep(() => asking(get, post), answers(ok, ok))).toEqual({ end: 'returned', value: 2 });
});

it('knows whether something may have been started', async () => {
  const mayHave = async (step: () => Step<number>, ...outcomes: CallOutcome[]) => {
    const end = await runStep(step, answers(...outcomes));
    return end.end === 'broken' && end.mayHaveCreated;
  };

  expect(await mayHave(() => asking(get, post), lost)).toBe(false);
  expect(await mayHave(() => asking(get, post), ok, unsent)).toBe(false);
  expect(await mayHave(() => asking(get, post), ok, lost)).toBe(true);
  expect(await mayHave(() => asking(post, get), ok, unsent)).toBe(true);
  expect(await mayHave(throwing, ok)).toBe(true);
});

it('what trips over the answer to a call that creates was sent all the same', async () => {
  const tripping = () => Promise.reject(new TypeError('defect'));
  expect(await runStep(() => asking(post), tripping)).toMatchObject({ end: 'broken', mayHaveCreated: true });
  expect(await runStep(() => asking(get), tripping)).toMatchObject({ end: 'broken', mayHaveCreated: false });
});

it('does not let an adapter throw or ask without end', async () => {
  expect(await runStep(throwing, answers())).toMatchObject({ failure: { kind: 'adapter_error', reason: 'TypeError' } });
  expect(await runStep(endless, answers())).toMatchObject({ failure: { kind: 'adapter_error' } });
  const unborn = () => {
    throw new RangeError('before its first call');
  };
  expect(await runStep(unborn, answers())).toMatchObject({ end: 'broken', mayHaveCreated: false });
});
