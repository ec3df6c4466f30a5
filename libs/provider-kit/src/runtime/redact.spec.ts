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
