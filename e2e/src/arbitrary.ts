import * as fc from 'fast-check';
import { type OpenApi, type Schema } from './openapi.js';
import { pngImage } from './samples.js';

/** Values that a random one would never hit, by the name of their field: a model that exists, a task that is there. */
export type Known = Readonly<Record<string, readonly unknown[]>>;

/** Anything that a JSON Schema of the document allows. Only what the document uses is understood. */
export function valueOf(api: OpenApi, given: Schema, known: Known): fc.Arbitrary<unknown> {
  const schema = api.resolve(given);
  const again = (inner: unknown) => valueOf(api, inner as Schema, known);
  const choices = schema['anyOf'] ?? schema['oneOf'];
  if (Array.isArray(choices)) return fc.oneof(...choices.map(again));
  if ('const' in schema) return fc.constant(schema['const']);
  if (Array.isArray(schema['enum'])) return fc.constantFrom(...schema['enum']);
  const { type } = schema;
  if (Array.isArray(type)) return fc.oneof(...type.map((one) => again({ ...schema, type: one })));
  switch (type) {
    case 'string':
      return textOf(schema);
    case 'integer':
      return fc.integer({ min: numberIn(schema, 'minimum', -9), max: numberIn(schema, 'maximum', 1e9) });
    case 'number':
      return fc.double({ min: numberIn(schema, 'minimum', 0), max: numberIn(schema, 'maximum', 1e9), noNaN: true });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return fc.array(again(schema['items'] ?? {}), {
        minLength: numberIn(schema, 'minItems', 0),
        maxLength: Math.min(numberIn(schema, 'maxItems', 3), 3),
      });
    case 'object':
      return objectOf(api, schema, known);
    default:
      return fc.jsonValue({ maxDepth: 3 });
  }
}

/** The same, or with one thing in it that is wrong, huge, misplaced or missing. */
export function mutated(valid: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const mutation = fc.record({ at: fc.nat(), how: fc.constantFrom('replace', 'drop', 'add'), junk });
  return fc.oneof(
    valid,
    fc.tuple(valid, mutation).map(([value, { at, how, junk: wrong }]) => mutate(value, at, how, wrong)),
  );
}

/** What programs trip over. */
const junk: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(
    null,
    true,
    0,
    -1,
    2 ** 53,
    1e308,
    '',
    ' ',
    '\0',
    'a\ud800',
    '\u202e\ufeff',
    'x'.repeat(40_000),
    '9'.repeat(19),
    '-1',
    '1e9',
    "'; DROP TABLE task; --",
    '../../etc/passwd',
    'data:image/png;base64,AAAA',
    'uploads/../secret.png',
    'http://169.254.169.254/latest',
    [],
    {},
    [[[[]]]],
    JSON.parse('{"__proto__":{"admin":true}}'),
    JSON.parse('{"constructor":{"prototype":1}}'),
  ),
  fc.constantFrom(33, 500).map((depth) => JSON.parse('['.repeat(depth) + ']'.repeat(depth))),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.jsonValue({ maxDepth: 2 }),
);

function textOf(schema: Schema): fc.Arbitrary<unknown> {
  if (schema['format'] === 'date-time') {
    const years = { min: new Date('1970-01-01'), max: new Date('2100-01-01'), noInvalidDate: true };
    return fc.date(years).map((date) => date.toISOString());
  }
  if (schema['format'] === 'binary') return fileOf();
  // A name that no resolver knows: whatever takes it must get nowhere.
  if (schema['format'] === 'uri') return fc.webPath().map((path) => `https://nobody.invalid${path}`);
  if (schema['contentMediaType'] === 'application/json') return fc.json({ maxDepth: 2 });
  if (typeof schema['pattern'] === 'string') return fc.stringMatching(new RegExp(schema['pattern']));
  const minLength = numberIn(schema, 'minLength', 0);
  const maxLength = Math.max(minLength, Math.min(numberIn(schema, 'maxLength', 40), 40));
  return fc.string({ unit: 'grapheme', minLength, maxLength });
}

function fileOf(): fc.Arbitrary<File> {
  const bytes = fc.oneof(fc.constant(pngImage()), fc.uint8Array({ maxLength: 200 }));
  const name = fc.constantFrom('a.png', 'a.mp4', 'a.exe', '../a.png', '\u202egnp.a', '');
  return fc.tuple(bytes, name).map(([content, filename]) => new File([new Uint8Array(content)], filename));
}

function objectOf(api: OpenApi, schema: Schema, known: Known): fc.Arbitrary<unknown> {
  const properties = Object.entries((schema['properties'] ?? {}) as Record<string, Schema>);
  const others = schema['additionalProperties'];
  if (properties.length === 0 && typeof others === 'object' && others !== null) {
    const name = valueOf(api, (schema['propertyNames'] ?? { type: 'string', minLength: 1 }) as Schema, known);
    return fc.dictionary(name.map(String), valueOf(api, others as Schema, known), { maxKeys: 3 });
  }
  const fields = properties.map(([name, inner]) => [name, fieldOf(api, name, inner, known)] as const);
  return fc.record(Object.fromEntries(fields), { requiredKeys: (schema['required'] ?? []) as string[] });
}

/** A value for a field or a parameter of this name. */
export function fieldOf(api: OpenApi, name: string, schema: Schema, known: Known): fc.Arbitrary<unknown> {
  const random = valueOf(api, schema, known);
  const values = known[name];
  if (values === undefined) return random;
  return fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...values) }, { weight: 1, arbitrary: random });
}

function numberIn(schema: Schema, name: string, otherwise: number): number {
  const value = schema[name];
  return typeof value === 'number' ? value : otherwise;
}

function mutate(value: unknown, at: number, how: string, wrong: unknown): unknown {
  const places = placesOf(value);
  const place = places[at % places.length] ?? [];
  return changed(value, place, how, wrong);
}

/** Every way into a value, the whole of it first. */
function placesOf(value: unknown): string[][] {
  if (typeof value !== 'object' || value === null) return [[]];
  return [[], ...Object.entries(value).flatMap(([name, inner]) => placesOf(inner).map((rest) => [name, ...rest]))];
}

function changed(value: unknown, [step, ...rest]: readonly string[], how: string, wrong: unknown): unknown {
  if (step === undefined || typeof value !== 'object' || value === null) return how === 'add' ? [value, wrong] : wrong;
  const entries = Object.entries(value).flatMap(([name, inner]) => {
    if (name !== step) return [[name, inner] as const];
    if (rest.length > 0) return [[name, changed(inner, rest, how, wrong)] as const];
    if (how === 'drop') return [];
    return how === 'add' ? [[name, inner] as const, [`${name}_`, wrong] as const] : [[name, wrong] as const];
  });
  return Array.isArray(value) ? entries.map(([, inner]) => inner) : Object.fromEntries(entries);
}
