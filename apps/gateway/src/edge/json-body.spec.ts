import { readJson } from './json-body.js';

const read = (text: string) => readJson(Buffer.from(text));
const refused = (text: string | Buffer) => {
  try {
    readJson(Buffer.from(text));
  } catch (error) {
    return error;
  }
  return undefined;
};

it('reads what JSON can say', () => {
  expect(read('{"a":[1,"ü𝄞",null,{"b":true}]}')).toEqual({ a: [1, 'ü𝄞', null, { b: true }] });
  expect(read('')).toBeUndefined();
});

it.each(['{', '{}x', "{'a':1}", 'NaN', '{"a":1,}'])('%s is not JSON', (text) => {
  expect(refused(text)).toMatchObject({ code: 'invalid_json' });
});

it('is not JSON when it is not UTF-8', () => {
  expect(refused(Buffer.from([0x22, 0xc3, 0x28, 0x22]))).toMatchObject({ code: 'invalid_json' });
});

it('goes 32 levels deep and no deeper', () => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
  expect(refused(nested(32))).toBeUndefined();
  expect(refused(nested(33))).toMatchObject({ code: 'invalid_field' });
  expect(refused(nested(100_000))).toMatchObject({ code: 'invalid_field' });
});

it.each([
  ['{"a":{"b":["x","\\u0000"]}}', 'a.b[1]'],
  ['{"a":"\\ud800"}', 'a'],
  ['{"a":{"__proto__":1}}', 'a'],
])('%s names the place', (text, param) => {
  expect(refused(text)).toMatchObject({ code: 'invalid_field', param });
});
