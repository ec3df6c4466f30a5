import { createLogger, Log, Metrics } from '@videoapi/chassis';
import { type CallReport } from '@videoapi/provider-kit';
import { CallObserver } from './call-observer.js';

const channel = {
  id: 'acme-1',
  provider: 'acme',
  baseUrl: 'https://api.acme.example',
  credentials: {},
  options: {},
};

function observing() {
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
  const metrics = new Metrics();
  const observer = new CallObserver(new Log(createLogger('test', { level: 'info', destination })), metrics);
  return { observer, lines, metrics };
}

function reportOf(changes: Partial<CallReport>): CallReport {
  return {
    provider: 'acme',
    channelId: 'acme-1',
    operation: 'poll',
    outcome: 'reply',
    status: 200,
    reason: undefined,
    tookMs: 12,
    ...changes,
  };
}

it('counts what each operation came to, by provider', async () => {
  const { observer, metrics } = observing();

  observer.concluded('submit', channel, 'accepted');
  observer.concluded('submit', channel, 'rate_limited');
  observer.concluded('submit', channel, 'accepted');

  const text = await metrics.registry.metrics();
  expect(text).toContain('videoapi_provider_outcomes_total{provider="acme",operation="submit",outcome="accepted"} 2');
  expect(text).toContain('outcome="rate_limited"} 1');
});

it('counts looks that told nothing, and unknown words', async () => {
  const { observer, metrics } = observing();

  for (const word of ['running', 'unreadable', 'unknown_status', 'unreadable'])
    observer.concluded('poll', channel, word);

  const text = await metrics.registry.metrics();
  expect(text).toContain('videoapi_provider_unreadable_total{provider="acme",why="unreadable"} 2');
  expect(text).toContain('videoapi_provider_unreadable_total{provider="acme",why="unknown_status"} 1');
});

it('measures every call, and writes a line only for what went wrong', async () => {
  const { observer, lines, metrics } = observing();

  observer.observe(reportOf({}));
  observer.observe(reportOf({ status: 429 }));
  observer.observe(reportOf({ operation: 'token', outcome: 'not_sent', status: undefined, reason: 'ECONNREFUSED' }));

  expect(lines).toMatchObject([
    { level: 'info', event: 'provider_call', status: 429 },
    { level: 'warn', event: 'provider_call', operation: 'token', outcome: 'not_sent', reason: 'ECONNREFUSED' },
  ]);
  const text = await metrics.registry.metrics();
  for (const outcome of ['2xx', '4xx', 'not_sent']) {
    expect(text).toMatch(new RegExp(`provider_call_seconds_count\\{.*outcome="${outcome}"\\} 1`));
  }
});

it('a defect of an adapter is an error and a count', async () => {
  const { observer, lines, metrics } = observing();

  observer.adapterFailed('poll', channel, { kind: 'adapter_error', reason: 'TypeError', cause: new TypeError('x') });

  expect(lines).toMatchObject([{ level: 'error', event: 'adapter_failed', provider: 'acme', reason: 'TypeError' }]);
  expect(await metrics.registry.metrics()).toContain('videoapi_adapter_errors_total{provider="acme"} 1');
});
