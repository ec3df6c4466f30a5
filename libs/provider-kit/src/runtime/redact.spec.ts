import { Redactor } from './redact.js';

it.each([
  ['the key my-own-key-1 is bad', 'the key [redacted] is bad'],
  ['Authorization: Bearer abcdefgh12345678', 'Authorization: Bearer [redacted]'],
  ['sk-abcdefgh1234', 'sk-[redacted]'],
  ['https://x.example/a.mp4?X-Amz-Signature=abc&x=1', 'https://x.example/a.mp4?X-Amz-Signature=[redacted]&x=1'],
  ['see /callbacks/seedance/AAAAAAAAAAAAAAAAAAAAAAAA', 'see /callbacks/seedance/[redacted]'],
  ['The duration must be 4, 8 or 12.', 'The duration must be 4, 8 or 12.'],
])('%s', (text, clean) => {
  expect(new Redactor({ apiKey: 'my-own-key-1', other: 'is' }).redact(text)).toBe(clean);
});

const key = 'ab/c"d\\e+f&g=0123456789';
const inJson = (text: string) => JSON.stringify(text).slice(1, -1);
it.each<[string, (text: string) => string]>([
  ['JSON in JSON', (text) => inJson(inJson(text))],
  ['JSON in JSON in JSON', (text) => inJson(inJson(inJson(text)))],
  ['slashes escaped', (text) => inJson(text).replaceAll('/', '\\/')],
  ['a URL in a URL', (text) => encodeURIComponent(encodeURIComponent(text))],
  ['a URL in JSON', (text) => inJson(encodeURIComponent(inJson(text)))],
  ['XML', (text) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;')],
  ['a basic credential', (text) => Buffer.from(`user:${text}`).toString('base64')],
  ['base64 in base64', (text) => Buffer.from(Buffer.from(text).toString('base64')).toString('base64url')],
])('no secret comes through as %s, whole or cut', (_, spell) => {
  const redactor = new Redactor({ apiKey: key });
  const spelled = spell(key);
  expect(redactor.redact(`your key ${spelled} is bad`)).toMatch(/^your key (user:)?\[redacted\] is bad$/);
  expect(redactor.isIn({ id: `x-${spelled}` })).toBe(true);
  for (let length = spell(key.slice(0, 6)).length + 6; length <= spelled.length; length += 1) {
    expect(redactor.redact(`your key ${spelled.slice(0, length)}`)).toMatch(/^your key (user:)?\[redacted\]$/);
  }
});

it('leaves escapes alone that hide nothing', () => {
  const redactor = new Redactor({ apiKey: key });
  const text = String.raw`{"error":"\"duration\" must be 4 \/ 8","see":"https:\/\/x.example\/a%20b?c=1&amp;d=2"}`;
  expect(redactor.redact(text)).toBe(text);
  expect(redactor.isIn(text)).toBe(false);
});

it('takes little time for text that is nothing but escapes', () => {
  const redactor = new Redactor({ apiKey: key });
  const startedAt = performance.now();
  for (const unit of ['QUFB', '\\', '%25', '&amp;', '\\u005c', '%5C', '\\\\"%2522&#38;']) {
    for (const text of [unit.repeat(200_000), `${unit.repeat(200_000)}x`]) redactor.redact(text);
    for (const count of [500, 50_000]) redactor.isIn(`${unit.repeat(count)}x`);
  }
  expect(performance.now() - startedAt).toBeLessThan(2_000);
});
