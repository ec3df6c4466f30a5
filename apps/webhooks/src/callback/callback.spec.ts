import { digestOf, keptHeaders } from './callback.js';
import { CallbackLimit } from './callback-limit.js';

describe('digestOf', () => {
  it('tells query and body apart', () => {
    expect(digestOf('a', Buffer.from('b'))).not.toBe(digestOf('', Buffer.from('ab')));
    expect(digestOf('a', Buffer.from('b'))).toBe(digestOf('a', Buffer.from('b')));
  });
});

describe('keptHeaders', () => {
  it('keeps what signatures are made of, and no credentials', () => {
    const headers = {
      'content-type': 'application/json',
      'webhook-signature': 'v1,x',
      'x-fal-webhook-timestamp': '1',
      authorization: 'Bearer x',
      cookie: 'a=b',
      'x-api-key': 'x',
      'x-forwarded-for': '10.0.0.1',
    };
    expect(Object.keys(keptHeaders(headers))).toEqual(['content-type', 'webhook-signature', 'x-fal-webhook-timestamp']);
  });
});

describe('CallbackLimit', () => {
  it('admits 120 a minute of one attempt, whatever the others do', () => {
    const limit = new CallbackLimit();
    const admitted = Array.from({ length: 130 }, () => limit.admits('a', 100_000)).filter(Boolean);
    expect(admitted).toHaveLength(120);
    expect(limit.admits('b', 100_000)).toBe(true);
    expect(limit.admits('a', 161_000)).toBe(true);
  });
});
