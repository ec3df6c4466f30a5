import { AppError, type ErrorCode } from '@videoapi/contracts';
import { type Dialect, type RenderedError } from '@videoapi/dialects';
import { z } from 'zod';
import { type ZodOpenApiExampleObject, type ZodOpenApiResponseObject } from 'zod-openapi';
import { type Access } from '../edge/access.js';
import { meanings } from './meaning.js';

/** Of every call: its sender is limited, and a part of the platform may be down. */
const always = ['invalid_request', 'rate_limited', 'internal_error', 'overloaded', 'unavailable'] as const;
/** Of every call that comes with a key. */
const keyed = ['missing_api_key', 'invalid_api_key', 'api_key_revoked', 'api_key_expired', 'account_disabled'] as const;
/** Of every call that may bring a body, whatever is in it. */
const bodied = ['invalid_json', 'payload_too_large', 'unsupported_media_type', 'invalid_field'] as const;

/** Fields that an example names, since some dialects tell them apart by the name. */
const params: Readonly<Partial<Record<ErrorCode, string>>> = { missing_parameter: 'prompt', invalid_field: 'duration' };

/** All codes that a call may be refused with. */
export function refusalsOf(method: string, access: Access | undefined, own: readonly ErrorCode[]): ErrorCode[] {
  const isBodied = method !== 'GET';
  const scoped = access?.kind === 'scope' ? (['insufficient_scope'] as const) : [];
  return [...new Set([...always, ...keyed, ...scoped, ...(isBodied ? bodied : []), ...own])];
}

/** The answers of refused calls by status, as each of the dialects puts them. */
export function refusalResponses(
  dialects: readonly Dialect[],
  codes: readonly ErrorCode[],
  headers: z.ZodObject,
): Record<string, ZodOpenApiResponseObject> {
  const rendered = dialects.flatMap((dialect) => codes.map((code) => render(dialect, code)));
  const byStatus = Map.groupBy(rendered, ({ status }) => String(status));
  return Object.fromEntries(
    [...byStatus].map(([status, group]) => [
      status,
      {
        description: [...new Set(group.map(({ word, code }) => `- \`${word}\`: ${meanings[code]}`))].join('\n'),
        headers: headers.extend(headersOf(group)),
        content: {
          'application/json': {
            schema: schemaOf(group),
            examples: Object.fromEntries(
              group.map(({ dialect, code }) => [`${dialect.name}: ${code}`, { $ref: exampleRef(dialect, code) }]),
            ),
          },
        },
      },
    ]),
  );
}

/** What the responses refer to: one example for each code in each dialect. */
export function refusalExamples(
  dialects: readonly Dialect[],
  codes: readonly ErrorCode[],
): Record<string, ZodOpenApiExampleObject> {
  return Object.fromEntries(
    dialects.flatMap((dialect) =>
      codes.map((code) => [exampleName(dialect, code), { value: render(dialect, code).body }]),
    ),
  );
}

/** What the responses refer to: the body of every refusal of a dialect. */
export function errorSchemas(dialects: readonly Dialect[]): Record<string, z.ZodType> {
  return Object.fromEntries(dialects.map((dialect) => [errorName(dialect), dialect.answers.error]));
}

interface Refusal extends Pick<RenderedError, 'status' | 'headers' | 'body'> {
  readonly dialect: Dialect;
  readonly code: ErrorCode;
  /** What the dialect calls the code. */
  readonly word: string;
}

function render(dialect: Dialect, code: ErrorCode): Refusal {
  const param = params[code];
  const error = new AppError(code, meanings[code], param === undefined ? {} : { param });
  const rendered = dialect.renderError(error, 'req_4f1c');
  return { ...rendered, dialect, code, word: wordOf(rendered.body) };
}

/** Those that the dialects send along. */
function headersOf(group: readonly Refusal[]): Record<string, z.ZodType> {
  const names = new Set(group.flatMap(({ headers }) => Object.keys(headers)));
  return Object.fromEntries(
    [...names].map((name) => [
      name,
      z
        .string()
        .optional()
        .meta({ description: headerMeanings[name], header: { id: name } }),
    ]),
  );
}

const headerMeanings: Readonly<Record<string, string>> = {
  'retry-after': 'Seconds until it makes sense to try again.',
  'www-authenticate': 'How to prove who calls.',
  'x-should-retry': 'Tells the openai packages whether to try again.',
};

/** Every dialect has it in the same place. */
function wordOf(body: unknown): string {
  const error: unknown = Reflect.get(Object(body), 'error');
  return String(Reflect.get(Object(error), 'code'));
}

/** The dialect's own body, with the codes that this answer can have. */
function schemaOf(group: readonly Refusal[]) {
  const each = [...Map.groupBy(group, ({ dialect }) => dialect)].map(([dialect, refusals]) => ({
    $ref: `#/components/schemas/${errorName(dialect)}`,
    properties: { error: { properties: { code: { enum: [...new Set(refusals.map(({ word }) => word))] } } } },
  }));
  const [only] = each;
  return each.length === 1 && only !== undefined ? only : { anyOf: each };
}

function errorName({ name, answers }: Dialect): string {
  return answers.error.meta()?.id ?? `${name}Error`;
}

function exampleName({ name }: Dialect, code: ErrorCode): string {
  return `${name}.${code}`;
}

function exampleRef(dialect: Dialect, code: ErrorCode): string {
  return `#/components/examples/${exampleName(dialect, code)}`;
}
