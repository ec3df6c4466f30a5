import { urlOfCall } from './encode.js';

it.each([
  ['https://api.example', '/v1/x', 'https://api.example/v1/x'],
  ['https://api.example/base/', '/v1/x', 'https://api.example/base/v1/x'],
  ['https://api.example/base', '/v1/..%2Fadmin', 'https://api.example/base/v1/..%2Fadmin'],
  ['https://api.example/base', '//evil.example/x', 'https://api.example/base//evil.example/x'],
])('%s and %s', (base, path, url) => {
  expect(urlOfCall(base, { path }).href).toBe(url);
});

it.each(['/../admin', '/x/../../admin', '@evil.example/', '.evil.example/', 'x', ''])('%s leads out', (path) => {
  expect(() => urlOfCall('https://api.example/base', { path })).toThrow(RangeError);
});
