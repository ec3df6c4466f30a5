import { type SubmitOutcome } from '../adapter.js';
import { type Ended, lookupOutcome, observed, observedTogether, submitOutcome, wordOf } from './conclude.js';
import { Redactor } from './redact.js';
import { type StepEnd } from './run-step.js';

const secret = 'a-secret-of-some-length';
const cleaner = new Redactor({ apiKey: secret, appId: 'an-id-of-some-length' });

const ended = <Result>(value: Result): Ended<Result> => ({ end: { end: 'returned', value }, cleaner });
const broken = (failure: Extract<StepEnd<never>, { end: 'broken' }>['failure'], mayHaveCreated = false) =>
  ({ end: { end: 'broken', failure, mayHaveCreated }, cleaner }) as const;

const noToken = {
  kind: 'not_sent',
  cause: 'token',
  reason: 'no token: rate_limited',
  failure: { code: 'rate_limited', message: `slow down, ${secret}`, retryAfterMs: 2_000 },
} as const;

describe('a submit', () => {
  it.each([
    [{ kind: 'not_sent', cause: 'network', reason: 'ECONNREFUSED' }, 'provider_unavailable'],
    [{ kind: 'not_sent', cause: 'credential', reason: 'not there' }, 'channel_credentials'],
    [{ kind: 'not_sent', cause: 'asset', reason: 'not there' }, 'invalid_request'],
    [noToken, 'rate_limited'],
    [{ kind: 'ambiguous', reason: 'ECONNRESET' }, 'provider_unavailable'],
    [{ kind: 'adapter_error', reason: 'TypeError' }, 'provider_error'],
  ] as const)('that broke before anything was created is refused: %j', (failure, code) => {
    expect(submitOutcome(broken(failure))).toMatchObject({ outcome: 'refused', failure: { code } });
    expect(submitOutcome(broken(failure, true))).toMatchObject({ outcome: 'unknown' });
  });

  it('without a token says what its refusal said, and no secret', () => {
    const outcome = submitOutcome(broken(noToken));
    expect(outcome).toMatchObject({ failure: { message: 'slow down, [redacted]', retryAfterMs: 2_000 } });
  });

  it('whose handle would carry a secret is in doubt; one that carries an id is not', () => {
    const accepted = (id: string): SubmitOutcome => ({ outcome: 'accepted', handle: { deep: [{ id }] } });
    expect(submitOutcome(ended(accepted(`x-${secret}`)))).toMatchObject({ outcome: 'unknown' });
    expect(submitOutcome(ended(accepted('x-an-id-of-some-length')))).toMatchObject({ outcome: 'accepted' });
  });
});

it('a result whose address would carry a secret cannot be read', () => {
  const url = `https://files.example/v.mp4?key=${secret}`;
  const seen = observed(ended({ state: 'succeeded', outputs: [{ kind: 'url', url }], usage: {} } as const));
  expect(seen).toMatchObject({ state: 'unreadable' });
  expect(JSON.stringify(seen)).not.toContain(secret);
});

it('a common look that was not made is unreadable for all, one that broke tells of nobody', () => {
  const unsent = { kind: 'not_sent', cause: 'network', reason: 'ECONNREFUSED' } as const;
  expect(observedTogether(broken(unsent), 2)).toMatchObject([{ state: 'unreadable' }, { state: 'unreadable' }]);
  expect(observedTogether(broken({ kind: 'unparseable', reason: 'x' }), 2)).toEqual([undefined, undefined]);
  expect(observedTogether(ended([{ state: 'queued' } as const]), 2)).toEqual([{ state: 'queued' }, undefined]);
});

it('a look without a key speaks of the channel', () => {
  const unsealed = { kind: 'not_sent', cause: 'credential', reason: 'no such variable' } as const;
  const seen = { state: 'unreadable', channel: 'credentials' };
  expect(observed(broken(unsealed))).toMatchObject(seen);
  expect(observedTogether(broken(unsealed), 2)).toMatchObject([seen, seen]);
  expect(observed(broken({ kind: 'not_sent', cause: 'network', reason: 'ECONNREFUSED' }))).not.toHaveProperty(
    'channel',
  );
});

it('whatever happened has one word', () => {
  expect(wordOf(submitOutcome(broken(noToken)))).toBe('rate_limited');
  expect(wordOf({ outcome: 'accepted', handle: {} })).toBe('accepted');
  expect(wordOf(lookupOutcome(broken({ kind: 'ambiguous', reason: 'x' })))).toBe('cannot_tell');
  expect(wordOf({ state: 'running', progress: 3 })).toBe('running');
  expect(wordOf({ state: 'running', unknownStatus: 'simmering' })).toBe('unknown_status');
  expect(wordOf({ state: 'failed', failure: { code: 'content_rejected', message: 'no' } })).toBe('content_rejected');
});
