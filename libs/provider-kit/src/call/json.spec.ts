import fc from 'fast-check';
import { parseJson } from './json.js';

it.each([
  ['{"id":12345678901234567890}', { id: '12345678901234567890' }],
  ['[-9007199254740993,9007199254740991]', ['-9007199254740993', Number.MAX_SAFE_INTEGER]],
  ['{"id":"12345678901234567890","n":1}', { id: '12345678901234567890', n: 1 }],
  ['1.2345678901234567890', 1.2345678901234567],
  ['[1e30,12345678901234567e3]', [1e30, 12_345_678_901_234_567e3]],
  ['{"data":{"task_id":892398461798973455}}', { data: { task_id: '892398461798973455' } }],
])('%s', (text, value) => {
  expect(parseJson(text)).toEqual(value);
});

it('is JSON.parse for everything else', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      fc.pre(!/(?<![.\d])\d{16}/.test(text));
      expect(parseJson(text)).toEqual(JSON.parse(text));
    }),
  );
  expect(() => parseJson('{"id":12345678901234567890')).toThrow(SyntaxError);
});

it('loses no digit of an integer', () => {
  fc.assert(
    fc.property(fc.bigInt(), (id) => {
      expect(String(parseJson(`[${id}]`))).toBe(String(id));
    }),
  );
});
