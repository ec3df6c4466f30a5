import { type Exchange } from '@videoapi/provider-kit';
import fc from 'fast-check';
import { turnsOf } from './vocabulary.js';

/** A reply before anybody has parsed it. */
export interface RawReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Buffer;
}

/** Anything that may come out of a socket, most of it near to what this provider really says. */
export function noiseNear(exchanges: readonly Exchange[]): fc.Arbitrary<RawReply> {
  const recorded = exchanges.flatMap((entry) => turnsOf(entry).map(({ reply }) => reply));
  const statuses = [...new Set([200, ...recorded.map(({ status }) => status)])];
  return fc.record({
    status: fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...statuses) }, fc.integer({ min: 200, max: 599 })),
    headers: fc.dictionary(fc.constantFrom('retry-after', 'retry-after-ms', 'date', 'content-type'), fc.string()),
    bytes: fc.oneof(
      fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
      fc
        .constantFrom('', 'null', '[]', '{}', 'OK', '<html>502 Bad Gateway</html>', '{"id":')
        .map((text) => Buffer.from(text)),
      jsonOf(recorded.map(({ body }) => body)).map((value) => Buffer.from(JSON.stringify(value) ?? '')),
      bent(recorded.map(({ body }) => Buffer.from(JSON.stringify(body) ?? ''))),
    ),
  });
}

/** The value with each of its parts, one at a time, replaced by each of these; and with each left out. */
export function* changedOnce(value: unknown): Generator<unknown> {
  if (typeof value !== 'object' || value === null) {
    yield* junk;
    return;
  }
  if (Array.isArray(value)) {
    for (const [index, entry] of value.entries()) {
      for (const changed of changedOnce(entry)) yield value.with(index, changed);
    }
    yield [];
    return;
  }
  for (const [name, entry] of Object.entries(value)) {
    for (const changed of changedOnce(entry)) yield { ...value, [name]: changed };
    yield Object.fromEntries(Object.entries(value).filter(([other]) => other !== name));
  }
}

const junk: readonly unknown[] = [null, '', 'SOMETHING_NEW', -1, 7, true, {}, ['x']];

/** JSON out of the provider's own names and values, put together anyhow. */
function jsonOf(bodies: readonly unknown[]): fc.Arbitrary<unknown> {
  const { names, values } = partsOf(bodies);
  const name = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom('id', 'status', 'error', ...names) },
    fc.constantFrom('__proto__', 'constructor', 'toString', ''),
    fc.string(),
  );
  const leaf = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(null, ...values) },
    fc.constantFrom(true, 0, -1, 1e308, '', 'x', 'https://files.example/v.mp4', '12345678901234567890'),
    fc.string(),
  );
  const { json } = fc.letrec<{ json: unknown }>((tie) => ({
    json: fc.oneof(
      { maxDepth: 5 },
      leaf,
      fc.array(tie('json'), { maxLength: 3 }),
      fc.dictionary(name, tie('json'), { maxKeys: 6 }),
    ),
  }));
  return json;
}

/** Recorded replies with a few bytes cut out, changed or put in. */
function bent(bodies: readonly Buffer[]): fc.Arbitrary<Buffer> {
  const change = fc.record({
    at: fc.nat({ max: 10_000 }),
    cut: fc.nat({ max: 12 }),
    put: fc.oneof(fc.constantFrom('', '', '"', '}', ',', 'null', '0'), fc.string({ maxLength: 3 })),
  });
  return fc
    .tuple(fc.constantFrom(Buffer.from('{}'), ...bodies), fc.array(change, { maxLength: 3 }))
    .map(([body, changes]) =>
      changes.reduce((bytes, { at, cut, put }) => {
        const from = bytes.length === 0 ? 0 : at % bytes.length;
        return Buffer.concat([bytes.subarray(0, from), Buffer.from(put), bytes.subarray(from + cut)]);
      }, body),
    );
}

function partsOf(bodies: readonly unknown[]): { names: string[]; values: (string | number | boolean)[] } {
  const names = new Set<string>();
  const values = new Set<string | number | boolean>();
  const walk = (value: unknown): void => {
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') values.add(value);
    else if (typeof value === 'object' && value !== null) {
      if (!Array.isArray(value)) for (const name of Object.keys(value)) names.add(name);
      for (const entry of Object.values(value)) walk(entry);
    }
  };
  for (const body of bodies) walk(body);
  return { names: [...names], values: [...values] };
}
