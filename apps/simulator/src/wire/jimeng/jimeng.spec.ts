import { createHash } from 'node:crypto';
import { parseInput } from '../../http/parse-body.js';
import { Refusal } from '../../http/refusal.js';
import { refusalOf, seenAs } from '../sighting.fixture.js';
import { GatewayRefusal, refuse } from './errors.js';
import { orderOf, resultBody, submitBody } from './schema.js';
import { type Received, signerOf } from './signature.js';
import { taskId } from './task-id.js';
import { createdOf, notFoundOf, resultOf } from './view.js';

const order = (body: unknown) => orderOf(parseInput(submitBody, body), 'acc', 'http://sim');
const image = 'https://e.com/a.png';
const words = { req_key: 'jimeng_t2v_v30', prompt: 'a cat', seed: -1, frames: 121, aspect_ratio: '16:9' };

it.each([
  [words, { size: { width: 1280, height: 720 }, durationMs: 5000, audio: false, inputs: [] }],
  [
    { req_key: 'jimeng_t2v_v30_1080p', prompt: 'a cat', frames: 241, aspect_ratio: '9:16' },
    { size: { width: 1080, height: 1920 }, durationMs: 10_000 },
  ],
  [{ req_key: 'jimeng_i2v_first_v30', prompt: '', image_urls: [image] }, { inputs: [image] }],
  [{ req_key: 'jimeng_i2v_first_v30', binary_data_base64: ['aGk='] }, { inputs: ['aGk='] }],
  [{ req_key: 'jimeng_i2v_first_tail_v30_1080', image_urls: [image, image] }, { size: { width: 1920, height: 1080 } }],
  [{ req_key: 'jimeng_i2v_recamera_v30', image_urls: [image], template_id: 't', camera_strength: 'weak' }, {}],
  [{ req_key: 'jimeng_ti2v_v30_pro', prompt: 'a cat' }, { size: { width: 1920, height: 1080 } }],
])('takes %j', (body, expected) => {
  expect(order(body)).toMatchObject(expected);
});

it.each([
  [{ ...words, req_key: 'jimeng_v30' }, 'req_key'],
  [{ ...words, frames: 120 }, 'frames'],
  [{ ...words, frames: '121' }, 'frames'],
  [{ ...words, duration: 5 }, 'duration'],
  [{ ...words, prompt: 'x'.repeat(801) }, 'prompt'],
  [{ ...words, prompt: '' }, 'prompt'],
  [{ ...words, aspect_ratio: '2:3' }, 'aspect_ratio'],
  [{ ...words, image_urls: [image] }, 'image_urls'],
  [{ ...words, template_id: 't' }, 'template_id'],
  [{ ...words, camera_strength: 'weak' }, 'camera_strength'],
  [{ req_key: 'jimeng_i2v_first_v30', prompt: 'x' }, 'image_urls'],
  [{ req_key: 'jimeng_i2v_first_v30', image_urls: [image], aspect_ratio: '16:9' }, 'aspect_ratio'],
  [{ req_key: 'jimeng_i2v_first_tail_v30', image_urls: [image] }, 'image_urls'],
  [{ req_key: 'jimeng_i2v_first_v30', image_urls: [image], binary_data_base64: ['aGk='] }, 'binary_data_base64'],
  [{ req_key: 'jimeng_i2v_recamera_v30', image_urls: [image] }, 'template_id'],
  [{ req_key: 'jimeng_vgfm_t2v_l20', prompt: 'x', frames: 241 }, 'frames'],
])('refuses %j', (body, param) => {
  const refusal = refusalOf(() => order(body));
  expect(refusal.param).toBe(param);
  expect(refuse(refusal, 'r1')).toMatchObject({
    status: 400,
    body: { code: 50200, data: null, message: expect.stringContaining(param), request_id: 'r1', status: 50200 },
  });
});

it('wants the req_key again with a query', () => {
  expect(parseInput(resultBody, { req_key: 'k', task_id: '1', req_json: '{}' })).toMatchObject({ req_key: 'k' });
  expect(refusalOf(() => parseInput(resultBody, { task_id: '1' })).param).toBe('req_key');
});

it.each([
  [new Refusal('rate_limited', 'm'), 429, { code: 50429 }],
  [new Refusal('overloaded', 'm'), 429, { code: 50430 }],
  [new Refusal('moderated', 'm'), 400, { code: 50412, message: 'Text Risk Not Pass' }],
  [new Refusal('server_error', 'm'), 500, { code: 50500 }],
  [new Refusal('bad_credentials', 'm'), 401, { ResponseMetadata: { Error: { Code: 'SignatureDoesNotMatch' } } }],
  [new Refusal('no_balance', 'm'), 403, { ResponseMetadata: { Error: { Code: 'AccountOverdue' } } }],
  [new GatewayRefusal(403, 'AccessDenied', 'm'), 403, { ResponseMetadata: { Error: { Code: 'AccessDenied' } } }],
])('%s is %i %j', (refusal, status, body) => {
  expect(refuse(refusal, 'r')).toMatchObject({ status, body });
});

const cat = order(words);

it.each([
  ['queued', 'in_queue', ''],
  ['running', 'generating', ''],
  ['succeeded', 'done', 'http://sim/files/7.mp4'],
  ['failed', 'done', ''],
  ['expired', 'expired', ''],
] as const)('shows %s as %s', (phase, status, url) => {
  expect(resultOf(seenAs(phase, cat, '7'), 'r')).toEqual({
    status: 200,
    body: {
      code: 10000,
      data: { binary_data_base64: null, image_urls: null, resp_data: '', status, video_url: url },
      message: 'Success',
      request_id: 'r',
      status: 10000,
      time_elapsed: '20ms',
    },
  });
});

it('shows a result that the review refused as an error, and no task as a state', () => {
  expect(resultOf(seenAs('moderated', cat), 'r')).toMatchObject({ status: 400, body: { code: 50511, data: null } });
  expect(notFoundOf('r')).toMatchObject({ status: 200, body: { code: 10000, data: { status: 'not_found' } } });
  expect(createdOf(seenAs('queued', cat, '7'), 'r')).toMatchObject({ code: 10000, data: { task_id: '7' } });
});

it('numbers tasks beyond 2^53, without repeats', () => {
  const ids = Array.from({ length: 1000 }, () => taskId(Date.UTC(2026, 0, 1)));
  expect(new Set(ids).size).toBe(1000);
  expect(ids[0]).toMatch(/^\d{19}$/);
});

describe('a signature', () => {
  const body = JSON.stringify(words, ['req_key', 'prompt', 'seed', 'frames', 'aspect_ratio']);
  const now = Date.UTC(2026, 10, 21);
  const scope = 'test-ak/20261121/cn-north-1/cv/request';
  const names = 'content-type;host;x-content-sha256;x-date';
  const signature = 'a542870acd7baa4161659246ce620dec5a3b3321607f827633fa1d4f8d3b50f6';
  const known: Received = {
    method: 'POST',
    url: '/?Action=CVSync2AsyncSubmitTask&Version=2022-08-31',
    headers: {
      host: 'visual.volcengineapi.com',
      'content-type': 'application/json',
      'x-date': '20261121T000000Z',
      'x-content-sha256': 'c8b20c30685dd6838d0d70e6351fdae202131c02c7e7220f48f595b1fb33841a',
      authorization: `HMAC-SHA256 Credential=${scope}, SignedHeaders=${names}, Signature=${signature}`,
    },
    bodyDigest: createHash('sha256').update(body).digest('hex'),
  };
  const verify = (changes: Partial<Received> = {}, secret = 'test-sk', at = now) =>
    signerOf({ ...known, ...changes }, () => secret, at);
  const withHeader = (name: string, value: string) => ({ headers: { ...known.headers, [name]: value } });

  it('that is known is believed', () => {
    expect(verify()).toBe('test-ak');
  });

  it.each([
    ['another secret', () => verify({}, 'other')],
    ['another body', () => verify({ bodyDigest: 'ab' })],
    ['another action', () => verify({ url: known.url.replace('Submit', 'Get') })],
    ['another host', () => verify(withHeader('host', 'e.com'))],
    ['another day', () => verify(withHeader('x-date', '20261122T000000Z'))],
    ['another minute', () => verify({}, 'test-sk', now + 16 * 60_000)],
    ['no date', () => verify(withHeader('x-date', '20261121'))],
    ['nothing', () => verify(withHeader('authorization', ''))],
    ['a key alone', () => verify(withHeader('authorization', 'Bearer sk'))],
    ['another service', () => verify(withHeader('authorization', authorizationWith('/cv/', '/ark/')))],
    ['less than must be signed', () => verify(withHeader('authorization', authorizationWith('host;', '')))],
  ])('with %s is refused', (_, attempt) => {
    expect(refuse(refusalOf(attempt), 'r')).toMatchObject({
      status: 401,
      body: { ResponseMetadata: { RequestId: 'r', Error: { Code: 'SignatureDoesNotMatch' } } },
    });
  });

  function authorizationWith(from: string, to: string): string {
    return String(known.headers['authorization']).replace(from, to);
  }
});
