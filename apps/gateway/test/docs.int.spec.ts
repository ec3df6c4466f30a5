import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { z } from 'zod';
import { RouteTable } from '../src/edge/route-table.js';
import { startStack, type Stack } from './harness.js';

const mediaType = z.object({
  schema: z.unknown(),
  examples: z
    .record(z.string(), z.union([z.object({ $ref: z.string() }), z.object({ value: z.unknown() })]))
    .optional(),
});
const content = z.record(z.string(), mediaType).optional();
const operation = z.object({
  operationId: z.string(),
  tags: z.array(z.string()).min(1),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  parameters: z.array(z.object({ in: z.string(), name: z.string() })).default([]),
  requestBody: z.object({ content }).optional(),
  responses: z.record(z.string(), z.object({ description: z.string().min(1), content })),
});
const openApi = z.object({
  openapi: z.literal('3.1.1'),
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.object({ examples: z.record(z.string(), z.object({ value: z.unknown() })) }),
});
type Document = z.output<typeof openApi>;

let stack: Stack;
let raw: Readonly<Record<string, unknown>>;
let document: Document;
beforeAll(async () => {
  stack = await startStack();
  raw = z.looseObject({}).parse(await (await stack.call('/openapi.json', { key: '' })).json());
  document = openApi.parse(raw);
});
afterAll(() => stack.close());

const operationsOf = ({ paths }: Document) =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => ({ path, method, described })),
  );

describe('the OpenAPI document', () => {
  it('is OpenAPI 3.1', async () => {
    const { valid, errors } = await new Validator().validate({ ...raw });
    expect([valid, errors]).toEqual([true, undefined]);
  });

  it('describes every route that Fastify serves, and no other', () => {
    const served = stack.running.app.get(RouteTable).names();
    // Fastify answers HEAD wherever it answers GET; no document says so.
    const visible = served.filter((name) => !name.startsWith('HEAD '));
    const described = operationsOf(document).map(
      ({ path, method }) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`,
    );
    expect(described.toSorted()).toEqual(visible);
  });

  it('names every parameter of a path, and every operation once', () => {
    for (const { path, described } of operationsOf(document)) {
      const declared = described.parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name);
      expect([path, declared]).toEqual([path, [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)]);
    }
    const ids = operationsOf(document).map(({ described }) => described.operationId);
    expect(ids.length).toBe(new Set(ids).size);
  });

  it('tells of every call how it is refused: without a key, without the scope, too often', () => {
    for (const { path, method, described } of operationsOf(document)) {
      const needsKey = described.security.every((way) => Object.keys(way).length > 0);
      const expected = [...(needsKey ? ['401', '403'] : []), '429', '500', '503'];
      expect([method, path, Object.keys(described.responses)]).toEqual([
        method,
        path,
        expect.arrayContaining(expected),
      ]);
    }
  });

  it('shows examples that fit what it says', () => {
    const ajv = formats.default(new Ajv2020({ strict: false, logger: false, allErrors: true }));
    ajv.addSchema(raw, 'openapi');
    const checks = new Map<string, ValidateFunction>();
    let shown = 0;
    for (const { path, method, described } of operationsOf(document)) {
      const places = [
        { place: ['requestBody'], types: described.requestBody?.content },
        ...Object.entries(described.responses).map(([status, answer]) => ({
          place: ['responses', status],
          types: answer.content,
        })),
      ];
      for (const { place, types = {} } of places) {
        for (const [type, { schema, examples = {} }] of Object.entries(types)) {
          const pointer = ['paths', path, method, ...place, 'content', type, 'schema'].map(escaped).join('/');
          // Most refusals say the same: what says the same is compiled once.
          const text = JSON.stringify(schema);
          const check = checks.get(text) ?? ajv.compile({ $ref: `openapi#/${pointer}` });
          checks.set(text, check);
          for (const [name, example] of Object.entries(examples)) {
            const value = '$ref' in example ? document.components.examples[last(example.$ref)]?.value : example.value;
            check(value);
            expect([method, path, name, check.errors]).toEqual([method, path, name, null]);
            shown += 1;
          }
        }
      }
    }
    expect(shown).toBeGreaterThan(500);
  });
});

describe('the way to it', () => {
  it('is sent compressed, and only to who has it not', async () => {
    const first = await stack.call('/openapi.json', { key: '' });
    const tag = first.headers.get('etag') ?? '';
    expect(first.headers.get('content-encoding')).toBe('gzip');
    const plain = await stack.call('/openapi.json', { key: '', headers: { 'accept-encoding': 'identity' } });
    expect([plain.headers.get('content-encoding'), await plain.text()]).toEqual([null, await first.text()]);
    const again = await stack.call('/openapi.json', { key: '', headers: { 'if-none-match': tag } });
    expect([again.status, await again.text()]).toEqual([304, '']);
  });

  it('has a page that loads nothing from elsewhere', async () => {
    const page = await stack.call('/docs', { key: '' });
    const html = await page.text();
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self';/);
    const loaded = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address = '']) => address);
    expect(loaded).toContain('docs/swagger-ui-bundle.js');
    for (const address of loaded) {
      const asset = await stack.call(`/${address}`, { key: '' });
      expect([address, asset.status, asset.headers.get('x-content-type-options')]).toEqual([address, 200, 'nosniff']);
      expect((await asset.arrayBuffer()).byteLength).toBeGreaterThan(100);
    }
  });

  it.each(['package.json', '..%2fpackage.json', 'constructor', '__proto__'])('does not lead to %s', async (file) => {
    expect((await stack.call(`/docs/${file}`, { key: '' })).status).toBe(404);
  });
});

function escaped(part: string): string {
  return encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));
}

function last(ref: string): string {
  return ref.slice(ref.lastIndexOf('/') + 1);
}
