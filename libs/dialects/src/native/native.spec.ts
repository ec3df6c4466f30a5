import { task as taskSchema } from '@videoapi/contracts';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { testDialect } from '../../test/test-dialect.js';
import { native, nativeDelivery, nativeTaskDelivery, pollIntervalSeconds } from '../index.js';
import { createRequest } from './wire.js';

const examples = new URL('./examples/', import.meta.url);
testDialect(native, examples);

const rules = { allowHttpCallbacks: false };
const valid = { model: 'm', prompt: 'a boat' };
const refusal = (body: unknown) => {
  try {
    native.toSubmission(body, rules);
  } catch (error) {
    return error;
  }
  return undefined;
};

describe('every field of a native create', () => {
  // Generated from the schema, so that a new field is tested the day it appears.
  const wrong: Readonly<Record<string, unknown>> = {
    number: 7.5,
    boolean: true,
    object: { a: [1] },
    list: [{}],
    text: ' \0',
  };
  const fitting: Readonly<Record<string, readonly string[]>> = {
    duration: ['number'],
    generate_audio: ['boolean'],
    watermark: ['boolean'],
    camera_fixed: ['boolean'],
    metadata: ['object'],
    provider_options: ['object'],
  };
  const cases = Object.keys(createRequest.shape).flatMap((field) =>
    Object.keys(wrong)
      .filter((kind) => !(fitting[field] ?? []).includes(kind))
      .map((kind) => [field, kind] as const),
  );

  it.each(cases)('%s refuses a %s and names itself', (field, kind) => {
    const error = refusal({ ...valid, [field]: wrong[kind] });
    expect(error).toMatchObject({ code: 'invalid_field', param: expect.stringMatching(new RegExp(`^${field}\\b`)) });
  });

  it.each(Object.keys(createRequest.shape).filter((field) => !(field in valid)))(
    '%s takes null for absent',
    (field) => {
      expect(native.toSubmission({ ...valid, [field]: null }, rules)).toEqual(native.toSubmission(valid, rules));
    },
  );
});

describe('bounds of a native create', () => {
  const at = (body: object) => refusal({ ...valid, ...body });

  it.each([
    ['prompt', 'x'.repeat(32_000), 'x'.repeat(32_001)],
    ['image_urls', Array(64).fill('https://a.example/1.png'), Array(65).fill('https://a.example/1.png')],
    ['end_user_id', 'u'.repeat(256), 'u'.repeat(257)],
    ['duration', 3600, 3600.1],
    ['duration', '0.1', '0'],
    ['metadata', pairs(16), pairs(17)],
    ['metadata', { a: 'x'.repeat(8192 - 8) }, { a: 'x'.repeat(8192 - 7) }],
    ['callback_url', `https://a.example/${'x'.repeat(2048 - 18)}`, `https://a.example/${'x'.repeat(2048 - 17)}`],
    ['callback_url', 'https://a.example', 'ftp://a.example'],
    ['max_credits', 0, -1],
    ['max_credits', '9999999999999999', '10000000000000000'],
    ['prompt', 'half a 𝄞', 'half a \ud834'],
  ])('%s ends exactly where it says', (field, inside, outside) => {
    expect([at({ [field]: inside }), at({ [field]: outside })]).toEqual([
      undefined,
      expect.objectContaining({ code: 'invalid_field', param: expect.stringMatching(new RegExp(`^${field}`)) }),
    ]);
  });

  it('takes a plain http callback only where the operator allows it', () => {
    const body = { ...valid, callback_url: 'http://localhost:8080/hook' };
    expect(refusal(body)).toMatchObject({ code: 'invalid_field', param: 'callback_url' });
    const { callback } = native.toSubmission(body, { allowHttpCallbacks: true });
    expect(callback).toEqual({ url: 'http://localhost:8080/hook', format: 'native' });
  });

  it('keeps a seed of 0 and a false: they are values', () => {
    const { request } = native.toSubmission({ ...valid, seed: 0, watermark: false, max_credits: 0 }, rules);
    expect(request).toMatchObject({ seed: 0, watermark: false, maxCredits: '0' });
  });

  function pairs(count: number): Record<string, number> {
    return Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, index]));
  }
});

describe('deliveries', () => {
  const [first] = z
    .array(z.object({ task: taskSchema, body: z.unknown() }))
    .parse(JSON.parse(readFileSync(new URL('tasks.json', examples), 'utf8')));
  const at = new Date('2026-07-02T14:52:00.000Z');

  it('carry the task as the native GET shows it', () => {
    if (first === undefined) throw new Error('no example');
    const body = nativeTaskDelivery('video.completed', at, first.task, { baseUrl: 'https://api.example.com' });
    expect(JSON.parse(JSON.stringify(body))).toEqual({
      type: 'video.completed',
      timestamp: '2026-07-02T14:52:00.000Z',
      data: first.body,
    });
  });

  it('have one envelope for everything', () => {
    expect(nativeDelivery('webhook.test', at, { ok: true })).toEqual({
      type: 'webhook.test',
      timestamp: '2026-07-02T14:52:00.000Z',
      data: { ok: true },
    });
  });
});

it.each([
  [null, 30],
  [0, 2],
  [60, 15],
  [600, 30],
])('an eta of %p seconds means a look every %p', (etaSeconds, interval) => {
  expect(pollIntervalSeconds({ etaSeconds })).toBe(interval);
});
