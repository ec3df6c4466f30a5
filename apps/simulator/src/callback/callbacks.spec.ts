import { Counters } from '../control/counters.js';
import { FakeClock } from '../engine/fake-clock.js';
import { type Script } from '../script/directives.js';
import { Accounts } from '../http/accounts.js';
import { type Wire } from '../wire/wire.js';
import { seenAs } from '../wire/sighting.fixture.js';
import { Callbacks } from './callbacks.js';
import { jsonMessage, type CallbackMessage } from './message.js';
import { CallbackTargets } from './targets.js';

const order = {
  provider: 'ark',
  account: '',
  model: 'm',
  prompt: 'p',
  size: { width: 64, height: 64 },
  durationMs: 1000,
  audio: false,
  inputs: [],
  callbackUrl: 'http://127.0.0.1:1/cb',
  origin: 'http://sim',
  echo: {},
};

describe('Callbacks', () => {
  it('tells every change once, in order', async () => {
    const { tell, sent } = setUp();
    await tell({}, ['running', 'succeeded']);
    expect(sent).toEqual(['running', 'succeeded']);
  });

  it('tells only the end where the provider does so', async () => {
    const { tell, sent } = setUp({ announces: 'the end' });
    await tell({}, ['running', 'failed']);
    expect(sent).toEqual(['failed']);
  });

  it.each([
    [{ 'lost-callback': 1 }, []],
    [{ 'duplicate-callback': 3 }, ['running', 'running', 'running', 'succeeded', 'succeeded', 'succeeded']],
    [{ 'reordered-callback': 1 }, ['running', 'succeeded', 'running']],
    [{ 'forged-callback': 1 }, ['forged succeeded', 'running', 'succeeded']],
  ] satisfies [Script, string[]][])('%j', async (script, expected) => {
    const { tell, sent } = setUp();
    await tell(script, ['running', 'succeeded']);
    expect(sent).toEqual(expected);
  });

  it('tries three times, further and further apart', async () => {
    const { tell, sent, times, counters } = setUp({ answers: [false, false, false, true] });
    const { counts } = await tell({}, ['succeeded']);
    expect(sent).toHaveLength(3);
    const [first = 0, second = 0, third = 0] = times;
    // The fake clock moves on by a millisecond for every turn of the event loop that the sender takes.
    expect(Math.round((second - first) / 10)).toBe(25);
    expect(Math.round((third - second) / 10)).toBe(100);
    expect(counts).toMatchObject({ callbacksSent: 3, callbacksAcknowledged: 0 });
    expect(counters.all()).toEqual({ ark: { callback_sent: 3, callback_failed: 1 } });
  });

  it.each([
    ['proof', ['running', 'succeeded'], { challenge_met: 1, callback_sent: 2, callback_acknowledged: 2 }],
    ['nonsense', [], { challenge_failed: 1, callback_withheld: 2 }],
    [undefined, [], { challenge_failed: 1, callback_withheld: 2 }],
  ])('an address that answers its challenge with %s', async (proof, expected, counted) => {
    const { tell, sent, counters } = setUp({ challenged: true, proof });
    await tell({}, ['running', 'succeeded']);
    expect(sent).toEqual(expected);
    expect(counters.all()).toEqual({ ark: counted });
  });

  it('stops trying once acknowledged', async () => {
    const { tell, counters } = setUp({ answers: [false, true] });
    expect((await tell({}, ['succeeded'])).counts).toMatchObject({ callbacksSent: 2, callbacksAcknowledged: 1 });
    expect(counters.all()).toEqual({ ark: { callback_sent: 2, callback_acknowledged: 1 } });
  });
});

describe('CallbackTargets', () => {
  const permits = (allow: string, url: string) => new CallbackTargets(allow).permits(new URL(url));

  it.each([
    ['', 'http://127.0.0.1:8081/cb', true],
    ['', 'http://[::1]/cb', true],
    ['', 'http://10.0.0.1/cb', false],
    ['', 'http://169.254.169.254/latest', false],
    ['', 'http://[::ffff:10.0.0.1]/', false],
    ['', 'http://0x0a000001/', false],
    ['', 'ftp://127.0.0.1/', false],
    ['10.0.0.0/8', 'http://10.0.0.1/cb', true],
    ['10.0.0.1, webhooks', 'http://10.0.0.1/cb', true],
    ['10.0.0.1', 'http://10.0.0.2/cb', false],
  ])('allowing "%s": %s', (allow, url, permitted) => {
    expect(permits(allow, url)).toBe(permitted);
  });

  it('checks what a name resolves to, unless the name itself is allowed', async () => {
    const resolved = (allow: string, name: string) =>
      new Promise((resolve) =>
        new CallbackTargets(allow).lookup(name, { all: true }, (error, found) => resolve(error ? 'refused' : found)),
      );
    expect(await resolved('', 'localhost')).not.toBe('refused');
  });

  it('refuses a setting that it does not understand', () => {
    expect(() => new CallbackTargets('not a host!')).toThrow('neither a host name nor a CIDR');
  });
});

function setUp({
  announces = 'every change',
  answers = [],
  challenged = false,
  proof,
}: { announces?: Wire['announces']; answers?: boolean[]; challenged?: boolean; proof?: string | undefined } = {}) {
  const clock = new FakeClock();
  const counters = new Counters();
  const sent: string[] = [];
  const times: number[] = [];
  const accounts = new Accounts(undefined, undefined);
  const account = accounts.authorize('Bearer key');
  const wire: Wire = {
    name: 'ark',
    announces,
    refuse: () => ({ status: 500, body: null }),
    callback: ({ state, url, secret }) => jsonMessage(url, `${secret === 'key' ? '' : 'forged '}${state.phase}`),
    ...(challenged && {
      challenge: (url: string) => ({
        message: jsonMessage(url, 'challenge'),
        withinMs: 3_000,
        isMet: (answer: string) => answer === 'proof',
      }),
    }),
  };
  const post = (message: CallbackMessage) => {
    times.push(clock.now());
    sent.push(String(JSON.parse(message.body)));
    return Promise.resolve(answers[sent.length - 1] ?? true);
  };
  const callbacks = new Callbacks(
    clock,
    { post, ask: () => Promise.resolve(proof) },
    { ark: wire },
    accounts,
    counters,
  );
  const tell = async (script: Script, phases: ('running' | 'succeeded' | 'failed')[]) => {
    const render = { ...seenAs('queued', { ...order, account }).render, script };
    callbacks.greet(render);
    let settled = false;
    const last = callbacks.lastSent(render).then(() => (settled = true));
    for (const phase of phases) callbacks.announce(render, { phase, progress: 0, since: clock.now() });
    while (!settled) {
      clock.advance(1);
      await Promise.resolve();
    }
    await last;
    return render;
  };
  return { counters, sent, times, tell };
}
