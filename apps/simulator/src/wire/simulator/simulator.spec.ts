import { Webhook } from 'standardwebhooks';
import { parseInput } from '../../http/parse-body.js';
import { refusalOf, seenAs } from '../sighting.fixture.js';
import { orderOf, submitBody } from './schema.js';
import { simulatorWire, viewOf } from './view.js';

const order = (body: unknown) => orderOf(parseInput(submitBody, body), 'acc', 'http://sim');
const cat = order({
  reference: 'att_1',
  prompt: 'a cat',
  duration_seconds: 2.5,
  resolution: '480p',
  aspect_ratio: '9:16',
  audio: true,
});

it('reads a submit and fills in what is not said', () => {
  expect(cat).toMatchObject({
    clientReference: 'att_1',
    size: { width: 480, height: 854 },
    durationMs: 2500,
    audio: true,
  });
  expect(order({ prompt: 'x' })).toMatchObject({
    model: 'sandbox',
    size: { width: 1280, height: 720 },
    durationMs: 5000,
    audio: false,
  });
});

it.each([
  [{}, 'prompt', 'missing'],
  [{ prompt: '' }, 'prompt', 'value'],
  [{ prompt: 'x', promt: 'y' }, 'promt', 'unknown'],
  [{ prompt: 'x', duration_seconds: '5' }, 'duration_seconds', 'type'],
  [{ prompt: 'x', inputs: [{ type: 'image' }] }, 'inputs.0.url', 'missing'],
  [{ prompt: 'x', resolution: 'huge' }, 'resolution', 'value'],
])('refuses %j', (body, param, invalidity) => {
  expect(refusalOf(() => order(body))).toMatchObject({ kind: 'invalid', param, invalidity });
});

it('shows a video that runs, one that succeeded and one that was moderated', () => {
  expect(viewOf(seenAs('running', cat))).toMatchObject({
    status: 'running',
    progress: 49,
    output: null,
    error: null,
    usage: null,
  });
  expect(viewOf(seenAs('succeeded', cat, 'sim_1'))).toEqual({
    id: 'sim_1',
    reference: 'att_1',
    status: 'succeeded',
    progress: 100,
    model: 'sandbox',
    prompt: 'a cat',
    created_at: '2026-01-02T03:04:05.678Z',
    updated_at: '2026-01-02T03:04:16.678Z',
    output: {
      url: 'http://sim/files/sim_1.mp4',
      content_type: 'video/mp4',
      bytes: 1234,
      sha256: 'abcd',
      width: 480,
      height: 854,
      duration_seconds: 2.5,
    },
    error: null,
    usage: { seconds: 2.5 },
  });
  expect(viewOf(seenAs('moderated', cat))).toMatchObject({
    status: 'failed',
    error: { code: 'content_rejected' },
    output: null,
  });
});

it('hides the result behind a status that nobody knows', () => {
  expect(viewOf({ ...seenAs('succeeded', cat), oddStatus: true })).toMatchObject({ status: 'simmering', output: null });
});

it('signs its callback so that Standard Webhooks verifies it', () => {
  const { render, state } = seenAs('succeeded', cat);
  const message = simulatorWire.callback?.({ render, state, url: 'http://us/cb', secret: 'sk-plain', now: Date.now() });
  const verified = new Webhook('sk-plain', { format: 'raw' }).verify(message?.body ?? '', { ...message?.headers });
  expect(verified).toMatchObject({ type: 'video.succeeded', data: { reference: 'att_1' } });
  expect(() => new Webhook('other', { format: 'raw' }).verify(message?.body ?? '', { ...message?.headers })).toThrow();
});
