import { freshDatabase } from '@videoapi/testing';
import fc from 'fast-check';
import { type DataSource } from 'typeorm';
import { createDataSource, jsonRows, sql } from '../src/index.js';

const columns = {
  name: 'text',
  doc: 'jsonb',
  id: 'uuid',
  isOpen: 'boolean',
  small: 'smallint',
  count: 'int',
  credits: 'bigint',
  share: 'float8',
  at: 'timestamptz',
} as const;
const declared = Object.entries(columns)
  .map(([name, type]) => `"${name}" ${type}`)
  .join(', ');

let source: DataSource;

beforeAll(async () => {
  source = createDataSource({ url: await freshDatabase('rows'), poolSize: 1, applicationName: 'rows' });
  await source.initialize();
});
afterAll(() => source.destroy());

const missing = { nil: undefined };
/** Unpaired surrogates and NUL are not text to PostgreSQL, nor do they come through the edge. */
const text = fc.string({ unit: 'binary' }).map((raw) => raw.toWellFormed().replaceAll('\0', ''));
const row = fc.record({
  name: fc.option(text, missing),
  doc: fc.option(
    fc.oneof(fc.constant(null), fc.integer(), text, fc.dictionary(text, fc.array(text)), fc.array(text)),
    missing,
  ),
  id: fc.option(fc.uuid(), { nil: null }),
  isOpen: fc.option(fc.boolean(), missing),
  small: fc.option(fc.integer({ min: -32_768, max: 32_767 }), missing),
  count: fc.option(fc.integer(), { nil: null }),
  credits: fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String), missing),
  share: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }), missing),
  at: fc.option(fc.date({ min: new Date(0), max: new Date('9999-01-01'), noInvalidDate: true }), missing),
});

it('reads what jsonb_to_recordset reads, in order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 20 }), async (rows) => {
      const list = [JSON.stringify(rows)];
      const ours = await sql(source, `SELECT * FROM ${jsonRows('$1', columns)} AS r`, list);
      expect(ours).toEqual(await sql(source, `SELECT * FROM jsonb_to_recordset($1::jsonb) AS r (${declared})`, list));
      expect(ours).toHaveLength(rows.length);
    }),
    { numRuns: 100, seed: 20_261_122 },
  );
});

it('reads a list of texts, which is never NULL', async () => {
  const rows = [{ tried: ['a', 'b "c"'] }, { tried: [] }, { tried: null }, {}];
  expect(
    await sql(source, `SELECT * FROM ${jsonRows('$1', { tried: 'text[]' })} AS r`, [JSON.stringify(rows)]),
  ).toEqual([{ tried: ['a', 'b "c"'] }, { tried: [] }, { tried: [] }, { tried: [] }]);
});
