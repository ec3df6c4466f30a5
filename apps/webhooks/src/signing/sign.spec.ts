import fc from 'fast-check';
import OpenAI from 'openai';
import { Webhook } from 'standardwebhooks';
import { newKey, secretOf } from './secret.js';
import { sign } from './sign.js';

const body = '{"type":"video.completed","data":{"title":"🎬 ünïcode"}}';
const id = 'msg_0000000000000000000001';

function headersOf(keys: readonly Buffer[], timestamp = Math.floor(Date.now() / 1_000), text = body) {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': sign({ id, timestamp, body: text }, keys),
  };
}

describe('sign', () => {
  it('gives the vector of the Standard Webhooks libraries', () => {
    const key = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64');
    const signature = sign(
      { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestamp: 1_614_265_330, body: '{"test": 2432232314}' },
      [key],
    );
    expect(signature).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });

  it('is verified by standardwebhooks and by the OpenAI SDK', async () => {
    const key = newKey();
    const headers = headersOf([key]);
    expect(new Webhook(secretOf(key)).verify(body, headers)).toEqual(JSON.parse(body));
    const client = new OpenAI({ apiKey: 'unused', webhookSecret: secretOf(key) });
    expect(await client.webhooks.unwrap(body, headers)).toEqual(JSON.parse(body));
  });

  it('satisfies the holders of every live key while two overlap', async () => {
    const [older, newer] = [newKey(), newKey()];
    const headers = headersOf([newer, older]);
    for (const key of [older, newer]) {
      expect(new Webhook(secretOf(key)).verify(body, headers)).toBeDefined();
      const client = new OpenAI({ apiKey: 'unused', webhookSecret: secretOf(key) });
      expect(await client.webhooks.unwrap(body, headers)).toBeDefined();
    }
    expect(() => new Webhook(secretOf(newKey())).verify(body, headers)).toThrow();
  });

  it('does not survive a changed id, time or body', () => {
    const key = newKey();
    const headers = headersOf([key]);
    const verifier = new Webhook(secretOf(key));
    expect(() => verifier.verify(`${body} `, headers)).toThrow();
    expect(() => verifier.verify(body, { ...headers, 'webhook-id': 'msg_2' })).toThrow();
    const later = String(Number(headers['webhook-timestamp']) + 1);
    expect(() => verifier.verify(body, { ...headers, 'webhook-timestamp': later })).toThrow();
  });

  it('is refused 301 seconds off', () => {
    const key = newKey();
    const now = Math.floor(Date.now() / 1_000);
    const verifier = new Webhook(secretOf(key));
    expect(() => verifier.verify(body, headersOf([key], now - 302))).toThrow();
    expect(() => verifier.verify(body, headersOf([key], now + 302))).toThrow();
    expect(verifier.verify(body, headersOf([key], now - 298))).toBeDefined();
  });

  it('is verified whatever the body holds', () => {
    const key = newKey();
    const verifier = new Webhook(secretOf(key));
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify({ value });
        verifier.verify(text, headersOf([key], undefined, text));
      }),
      { numRuns: 30 },
    );
  });
});
