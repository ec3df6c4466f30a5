import { Callbacks } from './callback/callbacks.js';
import { Counters } from './control/counters.js';
import { Engine } from './engine/engine.js';
import { FakeClock } from './engine/fake-clock.js';
import { Renders } from './engine/renders.js';
import { Accounts } from './http/accounts.js';
import { BrokenReply, Refusal } from './http/refusal.js';
import { Rules } from './script/rules.js';
import { Upstream } from './upstream.js';

const file = { path: '/films/1.mp4', bytes: 1, sha256: 'ab' };

describe('submit', () => {
  it.each([
    ['429', 'rate_limited'],
    ['5xx', 'server_error'],
    ['no-balance', 'no_balance'],
    ['bad-credentials', 'bad_credentials'],
    ['moderate-prompt', 'moderated'],
    ['invalid', 'invalid'],
    ['timeout', 'never'],
    ['reset', 'reset'],
  ])('[[sim:%s=2]] refuses twice, accepts nothing, then lets through', async (directive, outcome) => {
    const { submit, renders } = setUp();
    const prompt = `a cat [[sim:${directive}=2]]`;
    expect([await submit(prompt, 'att_1'), await submit(prompt, 'att_2')]).toEqual([outcome, outcome]);
    expect(renders.size).toBe(0);
    expect(await submit(prompt, 'att_3')).toBe('accepted');
    expect(await submit(prompt, 'att_4')).toBe(outcome);
    expect(renders.size).toBe(1);
  });

  it.each([
    ['accept-then-timeout', 'never'],
    ['accept-then-reset', 'reset'],
    ['accept-then-malformed', 'garbage'],
    ['accept-then-5xx', 'server_error'],
  ])('[[sim:%s=1]] accepts and loses the reply once', async (directive, outcome) => {
    const { submit, renders } = setUp();
    const prompt = `[[sim:${directive}=1]]`;
    expect(await submit(prompt, 'att_1')).toBe(outcome);
    expect(renders.all().map(({ order }) => order.clientReference)).toEqual(['att_1']);
    expect(await submit(prompt, 'att_1')).toBe('accepted');
    expect(renders.repeatedReferences).toBe(1);
  });

  it('plays combined faults one after the other', async () => {
    const { submit } = setUp();
    const prompt = '[[sim:429=1, 5xx=1, accept-then-timeout=1]]';
    const outcomes = [];
    for (let call = 0; call < 4; call += 1) outcomes.push(await submit(prompt));
    expect(outcomes).toEqual(['rate_limited', 'server_error', 'never', 'accepted']);
  });

  it('refuses a directive that does not exist', async () => {
    expect(await setUp().submit('[[sim:tpyo]]')).toBe('invalid');
  });

  it('takes the prompt over rules, and rules over the environment', async () => {
    const { submit, rules, renders } = setUp();
    rules.add({ promptIncludes: 'cat' }, { slow: 20, queue: 2 });
    await submit('a cat [[sim:slow=300]]');
    expect(renders.all()[0]?.script).toEqual({ slow: 300, queue: 2, 'result-delay': 5 });
  });

  it('is refused when no more films can be made', async () => {
    const { submit, studio } = setUp();
    studio.full = true;
    expect(await submit('a cat')).toBe('overloaded');
    expect(await submit('a cat [[sim:fail]]')).toBe('accepted');
  });
});

describe('look', () => {
  it.each([
    ['poll-429', 'rate_limited'],
    ['poll-5xx', 'server_error'],
    ['poll-timeout', 'never'],
    ['malformed', 'garbage'],
    ['gone', 'not_found'],
    ['unknown-status', 'odd'],
  ])('[[sim:%s=2]] spoils two polls of that render', async (directive, outcome) => {
    const { submit, look } = setUp();
    await submit(`[[sim:${directive}=2]]`);
    expect([await look('r1'), await look('r1'), await look('r1')]).toEqual([outcome, outcome, 'queued']);
    await submit(`[[sim:${directive}=2]]`);
    expect(await look('r2')).toBe(outcome);
  });

  it('knows neither another key nor another provider', async () => {
    const { submit, look } = setUp();
    await submit('a cat');
    expect(await look('r1', 'other')).toBe('not_found');
    expect(await look('r1', 'acc', 'openai')).toBe('not_found');
    expect(await look('r9')).toBe('not_found');
  });

  it('leaves unknown ids out of a batch, and breaks it when one breaks', async () => {
    const { submit, upstream } = setUp();
    await submit('a cat');
    await submit('[[sim:malformed=1]]');
    expect(await upstream.lookAtAll('ark', 'acc', ['r1', 'r9'])).toHaveLength(1);
    await expect(upstream.lookAtAll('ark', 'acc', ['r1', 'r2'])).rejects.toThrow(BrokenReply);
  });
});

it('cancels once', async () => {
  const { submit, look, upstream } = setUp();
  await submit('a cat');
  upstream.cancel(upstream.get('ark', 'acc', 'r1'));
  expect(await look('r1')).toBe('cancelled');
  expect(() => upstream.cancel(upstream.get('ark', 'acc', 'r1'))).toThrow(Refusal);
});

function setUp() {
  const clock = new FakeClock();
  const counters = new Counters();
  const rules = new Rules();
  const renders = new Renders(1_000_000);
  const studio = { full: false, takes: () => !studio.full, ready: () => file, make: () => Promise.resolve(file) };
  const engine = new Engine(clock, renders, studio);
  const callbacks = new Callbacks(
    clock,
    { post: () => Promise.resolve(true), ask: () => Promise.resolve(undefined) },
    {},
    new Accounts(undefined, undefined),
    counters,
  );
  const defaults = { slow: 1, queue: 1, 'result-delay': 5 };
  const upstream = new Upstream(clock, engine, renders, callbacks, { defaults, rules, counters });
  let serial = 0;
  const submit = (prompt: string, clientReference?: string) =>
    outcomeOf(async () => {
      const size = { width: 64, height: 64 };
      const rest = { model: 'm', size, durationMs: 1000, audio: false, inputs: [], origin: '', echo: {} };
      serial += 1;
      await upstream.submit(`r${serial}`, { provider: 'ark', account: 'acc', prompt, clientReference, ...rest });
      return 'accepted';
    });
  const look = (id: string, account = 'acc', provider = 'ark') =>
    outcomeOf(async () => {
      const { state, oddStatus } = await upstream.look(provider, account, id);
      return oddStatus ? 'odd' : state.phase;
    });
  return { clock, rules, renders, studio, upstream, submit, look };
}

async function outcomeOf(work: () => Promise<string>): Promise<string> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refusal) return error.kind;
    if (error instanceof BrokenReply) return error.how;
    throw error;
  }
}
