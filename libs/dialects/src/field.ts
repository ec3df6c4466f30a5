import { credits } from '@videoapi/contracts';
import { z } from 'zod';

export const maxPromptLength = 32_000;
export const maxUrlLength = 4096;
const maxMetadataPairs = 16;
const maxMetadataBytes = 8192;
/** Longer than any model renders; what a model really takes is checked against its capabilities. */
const maxSeconds = 3600;

/** PostgreSQL keeps neither NUL nor half a surrogate pair, so neither may get further than this. */
export const text = (max: number) => z.string().min(1).max(max).refine(isStorable, storable);
const storable = 'must be well-formed Unicode without NUL';

export function isStorable(value: string): boolean {
  return value.isWellFormed() && !value.includes('\0');
}

/** `null` means absent, since several languages serialise an unset option so. */
export const optional = <Schema extends z.ZodType>(schema: Schema) =>
  schema.nullish().transform((value) => value ?? undefined);

/** Seconds, or `auto`: the model decides. */
export const duration = z
  .union(
    [
      z.literal('auto'),
      z.number().positive().max(maxSeconds),
      z
        .string()
        .regex(/^\d{1,4}(\.\d{1,3})?$/)
        .transform(Number)
        .pipe(z.number().positive().max(maxSeconds)),
    ],
    { error: 'must be "auto" or a number of seconds' },
  )
  .meta({ id: 'Duration' });

/** The caller's own tags. */
export const metadata = z
  .record(text(64), z.unknown())
  .refine((value) => Object.keys(value).length <= maxMetadataPairs, `at most ${maxMetadataPairs} pairs`)
  .refine((value) => Buffer.byteLength(JSON.stringify(value)) <= maxMetadataBytes, `at most ${maxMetadataBytes} bytes`);

export const maxCredits = z.union([z.int().nonnegative(), credits]).transform(String).pipe(credits);

/** A form carries text alone: numbers, booleans and structures are read from it. */
export const integer = z
  .union(
    [
      z.int(),
      z
        .string()
        .regex(/^-?\d{1,16}$/)
        .transform(Number)
        .pipe(z.int()),
    ],
    { error: 'must be a whole number' },
  )
  .meta({ id: 'WholeNumber' });

/** A whole number in a query string, where everything is text. */
export const digits = (min: number, max: number) =>
  z.preprocess(
    (value) => (typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value),
    z.int().min(min).max(max),
  );

export const flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((value) => value === 'true')], {
  error: 'must be true or false',
});

/** The value, or the JSON text of it. What is not JSON is left for the schema to refuse, or to take as plain text. */
export const jsonText = <Schema extends z.ZodType>(schema: Schema) =>
  z
    .preprocess((value) => (typeof value === 'string' ? readStructure(value) : value), schema)
    .meta({ override: orJsonText });

/** A preprocess leaves no trace in a JSON Schema: the documentation is told of it here. */
function orJsonText({ jsonSchema }: { readonly jsonSchema: Record<string, unknown> }): void {
  const itself = { ...jsonSchema };
  for (const name of Object.keys(itself)) delete jsonSchema[name];
  jsonSchema['anyOf'] = [itself, { type: 'string', contentMediaType: 'application/json' }];
}

function readStructure(value: string): unknown {
  if (!/^\s*[[{]/.test(value)) return value;
  try {
    const structure: unknown = JSON.parse(value);
    return isDeeper(structure, maxDepth) ? value : structure;
  } catch {
    return value;
  }
}

/** As deep as the edge lets a JSON body be; walking a deeper one could exhaust the stack. */
const maxDepth = 32;

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((entry) => isDeeper(entry, levels - 1));
}
