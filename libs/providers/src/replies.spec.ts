import { observation } from '@videoapi/contracts';
import { type AdapterChannel, type Reply, type Step } from '@videoapi/provider-kit';
import fc from 'fast-check';
import { callbackVerifiers } from './callbacks.js';
import { adapters } from './index.js';

/** With what some adapter cannot do without. */
const options = { storageUri: 'gs://bucket/results' };
const channel: AdapterChannel = { baseUrl: 'https://provider.example/base', options };
const runs = { numRuns: 400 };

/** Words that a provider may end a render with; anything else must not. */
const endings = /succeed|success|complete|fail|error|cancel|expire/i;

/** Keys and values that the adapters look for, so that noise comes near to something. */
const key = fc.oneof(
  fc.constantFrom(
    'id',
    'task_id',
    'status',
    'progress',
    'error',
    'code',
    'message',
    'type',
    'content',
    'data',
    'items',
  ),
  fc.constantFrom('output', 'url', 'video_url', 'videos', 'usage', 'completion_tokens', 'metadata', '__proto__'),
  fc.string(),
);
const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, 0, -1, 1e308, '', 'x', 'running', 'queued', 'https://files.example/v.mp4', 'not_found'),
    fc.string(),
    fc.array(tie('json'), { maxLength: 4 }),
    fc.dictionary(key, tie('json'), { maxKeys: 6 }),
  ),
}));
const reply: fc.Arbitrary<Reply> = fc.record({
  status: fc.oneof(fc.constantFrom(200, 201, 404, 429, 500), fc.integer({ min: 200, max: 599 })),
  headers: fc.dictionary(fc.constantFrom('retry-after', 'retry-after-ms', 'date', 'content-type'), fc.string()),
  body: json,
});

function run<Result>(step: Step<Result>, answer: Reply): Result {
  for (let turn = step.next(), calls = 0; calls < 10; calls += 1, turn = step.next(answer)) {
    if (turn.done === true) return turn.value;
  }
  throw new Error('asks without end');
}

describe.each(Object.entries(adapters))('%s: whatever a provider answers', (_, adapter) => {
  it('a poll never throws, and ends nothing without a word for it', () => {
    fc.assert(
      fc.property(reply, (answer) => {
        const seen = run(adapter.poll({ id: 'x' }, channel), answer);
        if (seen.state !== 'succeeded') observation.parse(seen);
        const mayEnd = endings.test(JSON.stringify(answer.body)) && answer.status < 300;
        if (!mayEnd) expect(['queued', 'running', 'unreadable', 'gone']).toContain(seen.state);
        if (seen.state === 'gone') expect([404, 410]).toContain(answer.status);
        if (answer.status >= 300 && seen.state !== 'gone') expect(seen.state).toBe('unreadable');
      }),
      runs,
    );
  });

  it('a submit never throws, and a success is never taken for a refusal', () => {
    const input = { reference: 'r', upstreamModel: 'm', request: sampleRequest, callbackUrl: null };
    fc.assert(
      fc.property(reply, (answer) => {
        const { outcome } = run(adapter.submit(input, channel), answer);
        if (answer.status < 300) expect(outcome).not.toBe('refused');
        else expect(outcome).toBe('refused');
      }),
      runs,
    );
  });

  it('no other conversation throws', () => {
    const input = { reference: 'r', upstreamModel: 'm', request: sampleRequest, callbackUrl: null, callAgeMs: 1 };
    fc.assert(
      fc.property(reply, (answer) => {
        if (adapter.pollMany !== undefined) run(adapter.pollMany([{ id: 'x' }, { id: 'y' }], channel), answer);
        if (adapter.lookup !== undefined && run(adapter.lookup(input, channel), answer).outcome === 'absent')
          expect(answer.status).toBeLessThan(300);
        if (adapter.cancel !== undefined && run(adapter.cancel({ id: 'x' }, channel), answer) === 'cancelled')
          expect(answer.status).toBeLessThan(300);
      }),
      runs,
    );
  });
});

it.each(Object.entries(callbackVerifiers))('%s: no callback throws, and none is signed by chance', (_, verifier) => {
  const header = fc.constantFrom('webhook-id', 'webhook-timestamp', 'webhook-signature', 'content-type');
  const raw = fc.record({
    method: fc.constant('POST'),
    path: fc.string(),
    query: fc.string(),
    headers: fc.dictionary(header, fc.string()),
    body: fc.oneof(fc.string(), fc.json()),
  });
  fc.assert(
    fc.property(raw, fc.array(fc.string()), (callback, secrets) => {
      verifier.parse(callback);
      verifier.challenge?.(callback);
      expect(verifier.verify(callback, secrets, 1_790_000_000_000)).not.toBe('signed');
    }),
    runs,
  );
});

const sampleRequest = {
  prompt: 'p',
  type: 'text-to-video' as const,
  images: [],
  videos: [],
  audios: [],
  resolution: '720p',
  duration: 4,
  maxDurationMs: 4_000,
  aspectRatio: '16:9',
  generateAudio: false,
  providerOptions: {},
};
