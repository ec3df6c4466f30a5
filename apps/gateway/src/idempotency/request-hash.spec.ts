import { type Submission } from '@videoapi/dialects';
import { requestHash } from './request-hash.js';

const submission: Submission = {
  request: {
    model: 'm',
    prompt: 'p',
    images: [],
    videos: [],
    audios: [],
    metadata: { a: 1, b: { c: 2, d: [3, 4] } },
    providerOptions: {},
  },
  callback: null,
};
const hash = (change: Partial<Submission['request']> = {}, dialect = 'native', mode: 'live' | 'test' = 'live') =>
  requestHash(dialect, mode, { ...submission, request: { ...submission.request, ...change } }).toString('hex');

it('does not depend on the order of names, nor on absent or undefined', () => {
  expect(hash({ metadata: { b: { d: [3, 4], c: 2 }, a: 1 } })).toBe(hash());
  expect(hash({ seed: undefined })).toBe(hash());
});

it.each<[string, string]>([
  ['a value', hash({ prompt: 'q' })],
  ['a seed of 0', hash({ seed: 0 })],
  ['the type of a value', hash({ metadata: { a: '1', b: { c: 2, d: [3, 4] } } })],
  ['the order of a list', hash({ metadata: { a: 1, b: { c: 2, d: [4, 3] } } })],
  ['where a value stands', hash({ images: ['x'] })],
  ['the dialect', hash({}, 'openai')],
  ['the mode', hash({}, 'native', 'test')],
  [
    'the callback',
    requestHash('native', 'live', { ...submission, callback: { url: 'https://a.example', format: 'native' } }).toString(
      'hex',
    ),
  ],
])('depends on %s', (_name, other) => {
  expect(other).not.toBe(hash());
});

it('compares a file by its bytes, whatever key it got this time', () => {
  const of = (key: string, digest: string) => {
    const request = { ...submission.request, images: [key] };
    return requestHash('openai', 'live', { ...submission, request }, new Map([[key, digest]])).toString('hex');
  };
  expect(of('uploads/1.png', 'a')).toBe(of('uploads/2.png', 'a'));
  expect(of('uploads/1.png', 'a')).not.toBe(of('uploads/1.png', 'b'));
});

it('is the same for ever: rows live for a day across releases', () => {
  expect(hash()).toBe('48a1d67c114b579c672f515a50f7e99310771d0df19a456ef3a37b23211ada89');
});
