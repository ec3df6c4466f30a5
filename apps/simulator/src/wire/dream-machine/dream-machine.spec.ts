import { parseInput } from '../../http/parse-body.js';
import { Refusal } from '../../http/refusal.js';
import { refusalOf, seenAs } from '../sighting.fixture.js';
import { refuse } from './errors.js';
import { createBody, orderOf } from './schema.js';
import { dreamMachineWire, viewOf } from './view.js';

const order = (body: unknown) => orderOf(parseInput(createBody, body), { account: 'acc', origin: 'http://sim' });
const [a, b] = ['https://ex.com/a.png', 'https://ex.com/b.png'];
const base = { model: 'ray-2', prompt: 'a lighthouse' };
const lighthouse = order({ ...base, callback_url: 'https://gw.example/cb/tok_1' });

it('reads a create; the reference is the end of the callback URL', () => {
  expect(lighthouse).toMatchObject({
    clientReference: 'tok_1',
    size: { width: 1280, height: 720 },
    durationMs: 5000,
    audio: false,
  });
  expect(order(base).clientReference).toBeUndefined();
  const keyframes = { frame0: { type: 'image', url: a }, frame1: { type: 'generation', id: 'g1' } };
  expect(order({ model: 'ray-flash-2', keyframes, duration: '9s', aspect_ratio: '9:16' })).toMatchObject({
    inputs: [a, 'g1'],
    durationMs: 9000,
    size: { width: 720, height: 1280 },
  });
});

it.each([
  ['prompt', { model: 'ray-2' }],
  ['model', { ...base, model: 'ray-3.2' }],
  ['duration', { ...base, duration: '10s' }],
  ['duration', { ...base, duration: 5 }],
  ['resolution', { ...base, resolution: '360p' }],
  ['aspect_ratio', { ...base, aspect_ratio: '2:3' }],
  ['keyframes.frame0.url', { ...base, keyframes: { frame0: { type: 'image' } } }],
  ['keyframes.frame2', { ...base, keyframes: { frame2: { type: 'image', url: b } } }],
  ['video', { ...base, video: {} }],
])('refuses %s', (param, body) => {
  const reply = refuse(refusalOf(() => order(body)));
  expect(reply).toMatchObject({ status: 400, body: { detail: expect.stringMatching(new RegExp(`^${param}`)) } });
});

it.each([
  ['bad_credentials', 401],
  ['no_balance', 402],
  ['rate_limited', 429],
  ['not_found', 404],
] as const)('%s is a %i', (kind, status) => {
  expect(refuse(new Refusal(kind, 'no'))).toEqual({ status, body: { detail: 'no' } });
});

it.each([
  ['queued', 'queued', null, null],
  ['running', 'dreaming', null, null],
  ['succeeded', 'completed', null, { video: 'http://sim/files/a1.mp4', image: 'http://sim/files/a1.png' }],
  ['failed', 'failed', 'Generation failed', null],
  ['moderated', 'failed', 'Prompt not allowed because advanced moderation failed.', null],
] as const)('shows %s as %s, and no code', (phase, state, reason, assets) => {
  const shown = viewOf(seenAs(phase, lighthouse, 'a1'));
  expect(shown).toMatchObject({ id: 'a1', state, failure_reason: reason, assets });
  expect(shown).not.toHaveProperty('failure_code');
});

it('calls back with the body of GET, unsigned', () => {
  const { render, state, oddStatus } = seenAs('running', lighthouse);
  const message = dreamMachineWire.callback?.({
    render,
    state,
    url: 'https://gw.example/cb/tok_1',
    secret: 's',
    now: 0,
  });
  expect(JSON.parse(message?.body ?? '')).toEqual(JSON.parse(JSON.stringify(viewOf({ render, state, oddStatus }))));
  expect(Object.keys(message?.headers ?? {})).toEqual(['content-type']);
});
