import { errorCodes } from '@videoapi/contracts';
import { type Answer, type Dialect, type Examples, type Operation } from '@videoapi/dialects';
import { z } from 'zod';
import {
  createDocument,
  type ZodOpenApiContentObject,
  type ZodOpenApiOperationObject,
  type ZodOpenApiOverride,
  type ZodOpenApiPathsObject,
  type ZodOpenApiRequestBodyObject,
  type ZodOpenApiResponseObject,
} from 'zod-openapi';
import { type Route } from '../edge/routes.js';
import { deliverySchemas, delivery, projectDelivery } from './delivery.js';
import { securityOf, securitySchemes } from './security.js';
import { errorSchemas, refusalExamples, refusalResponses, refusalsOf } from './refusal.js';

const headers = z.object({
  'x-request-id': z.string().meta({
    description: 'Names this request in our logs: send it along when you ask us something.',
    header: { id: 'x-request-id' },
  }),
});

/** OpenAPI 3.1 for all that is served, from the schemas that check it. Paths are named as Fastify names them. */
export function openApiDocument(
  routes: readonly Route[],
  dialectsOf: (path: string) => readonly Dialect[],
  baseUrl: string,
): ReturnType<typeof createDocument> {
  const dialects = [...new Set(routes.flatMap(({ path }) => dialectsOf(path)))];
  const tags = [...new Set(routes.flatMap(({ operations }) => (operations ?? []).map(({ tag }) => tag)))];
  return createDocument(
    {
      openapi: '3.1.1',
      info: { title: 'VideoAPI', version: '1', description: introduction },
      servers: [{ url: baseUrl }],
      tags: tags.map((name) => ({ name })),
      paths: pathsOf(routes, dialectsOf),
      webhooks: { delivery, projectDelivery },
      components: {
        schemas: { ...errorSchemas(dialects), ...deliverySchemas },
        examples: refusalExamples(dialects, errorCodes),
        securitySchemes,
      },
    },
    { override: tidy },
  );
}

function tidy({ jsonSchema, io }: Parameters<ZodOpenApiOverride>[0]): void {
  // What we answer with may grow: a client must not refuse a field that it does not know.
  if (io === 'output' && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
  // Zod says more than a reader wants to know.
  if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
}

const introduction = `One task engine, several dialects on top of it: a task made in one can be read in any other. Which dialect
\`/v1/videos\` speaks is decided by the API key; all other addresses speak one.

A create call may carry an \`Idempotency-Key\`. What fails with 409, 429 or 503 may be sent again after \`retry-after\` seconds. After a 5xx
or a lost connection nobody can say whether the task was made: it may be there, render and be charged. The same request with the
same \`Idempotency-Key\` is answered with that task, or makes it; without a key it may make a second one.`;

function pathsOf(routes: readonly Route[], dialectsOf: (path: string) => readonly Dialect[]): ZodOpenApiPathsObject {
  const byPath = Map.groupBy(routes, ({ path }) => path.replace(/:(\w+)/g, '{$1}'));
  return Object.fromEntries(
    [...byPath].map(([path, those]) => [
      path,
      Object.fromEntries(
        those.map((route) => [route.method.toLowerCase(), operationOf(route, dialectsOf(route.path))]),
      ),
    ]),
  );
}

/** Of one dialect, or of several that share the address: then a body may be any of theirs. */
function operationOf(
  { method, path, position, access, operations = [] }: Route,
  dialects: readonly Dialect[],
): ZodOpenApiOperationObject {
  const [first] = operations;
  const descriptions = [...new Set(operations.flatMap(({ description }) => description ?? []))];
  const body = bodyOf(operations);
  const codes = refusalsOf(
    method,
    access,
    operations.flatMap(({ refusals }) => refusals ?? []),
  );
  return {
    ...(first !== undefined && {
      operationId: position === 0 ? first.id : `${first.id}${position + 1}`,
      summary: first.summary,
    }),
    ...(descriptions.length > 0 && { description: descriptions.join('\n\n') }),
    tags: [...new Set(operations.map(({ tag }) => tag))],
    security: securityOf(path, access),
    requestParams: {
      ...(first?.path !== undefined && { path: first.path }),
      ...(first?.query !== undefined && { query: first.query }),
      ...(first?.headers !== undefined && { header: first.headers }),
    },
    ...(body !== undefined && { requestBody: body }),
    responses: {
      ...answersOf(operations),
      ...refusalResponses(dialects, codes, headers),
    },
  };
}

function bodyOf(operations: readonly Operation[]): ZodOpenApiRequestBodyObject | undefined {
  const json = operations.flatMap(({ body }) => body?.json ?? []);
  const form = operations.flatMap(({ body }) => body?.form ?? []);
  if (json.length + form.length === 0) return undefined;
  const examples = examplesOf(operations, ({ body }) => body?.examples);
  return {
    required: operations.every(({ body }) => body?.isRequired === true),
    content: {
      ...(json.length > 0 && { 'application/json': { schema: anyOf(json), ...examples } }),
      ...(form.length > 0 && { 'multipart/form-data': { schema: anyOf(form) } }),
    },
  };
}

function answersOf(operations: readonly Operation[]): Record<string, ZodOpenApiResponseObject> {
  const answers = operations.flatMap(({ tag, answers: those }) => those.map((answer): Told => ({ ...answer, tag })));
  return Object.fromEntries(
    [...Map.groupBy(answers, ({ status }) => String(status))].map(([status, those]) => [
      status,
      {
        description: [...new Set(those.map(({ description }) => description))].join(' '),
        headers: headers.extend(Object.assign({}, ...those.map((answer) => answer.headers?.shape))),
        ...(those.some(({ body }) => body !== undefined) && { content: contentOf(those) }),
      },
    ]),
  );
}

type Told = Answer & Pick<Operation, 'tag'>;

function contentOf(answers: readonly Told[]): ZodOpenApiContentObject {
  const byType = Map.groupBy(answers, ({ mediaType }) => mediaType ?? 'application/json');
  return Object.fromEntries(
    [...byType].flatMap(([mediaType, those]) => {
      const bodies = those.flatMap(({ body }) => body ?? []);
      if (bodies.length === 0) return [];
      return [[mediaType, { schema: anyOf(bodies), ...examplesOf(those, ({ examples }) => examples) }]];
    }),
  );
}

/** By what they show, and by whose they are where several dialects share an address. */
function examplesOf<Entry extends Pick<Operation, 'tag'>>(
  entries: readonly Entry[],
  read: (entry: Entry) => Examples | undefined,
) {
  const examples = entries.flatMap((entry) =>
    Object.entries(read(entry) ?? {}).map(([name, value]) => [
      entries.length === 1 ? name : `${entry.tag}: ${name}`,
      { value },
    ]),
  );
  return examples.length > 0 ? { examples: Object.fromEntries(examples) } : {};
}

function anyOf(schemas: readonly z.ZodType[]): z.ZodType {
  const [only, ...others] = new Set(schemas);
  return only !== undefined && others.length === 0 ? only : z.union([...new Set(schemas)]);
}
