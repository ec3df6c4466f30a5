import { type ErrorCode } from '@videoapi/contracts';
import { type z } from 'zod';

/**
 * What one call takes and answers, in the very schemas that check it. The public documentation is made of these, so a
 * field that is parsed is a field that is documented.
 */
export interface Operation {
  /** Unique over all calls: generated clients name a function after it. */
  readonly id: string;
  /** The heading that it stands under. */
  readonly tag: string;
  /** One line. */
  readonly summary: string;
  /** CommonMark. */
  readonly description?: string;
  readonly path?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly headers?: z.ZodObject;
  readonly body?: RequestBody;
  /** What it says when it does what it was asked. */
  readonly answers: readonly Answer[];
  /** How it may refuse, besides what every call may: a bad key, too many requests, a body that cannot be read. */
  readonly refusals?: readonly ErrorCode[];
}

export interface RequestBody {
  readonly json?: z.ZodType;
  /** `multipart/form-data`; a file is a `z.file()`. */
  readonly form?: z.ZodType;
  /** Left out for a body that has none of its fields required. */
  readonly isRequired?: true;
  /** Of the JSON body. */
  readonly examples?: Examples;
}

export interface Answer {
  readonly status: number;
  readonly description: string;
  /** Left out for an answer without a body. */
  readonly body?: z.ZodType;
  /** `application/json` when left out. */
  readonly mediaType?: string;
  readonly headers?: z.ZodObject;
  readonly examples?: Examples;
}

/** By what they show. */
export type Examples = Readonly<Record<string, unknown>>;

/** The examples that `testDialect` replays are the ones that a reader is shown. */
export function examplesOf<Entry extends { readonly name: string }>(
  entries: readonly Entry[],
  show: (entry: Entry) => unknown,
): Examples {
  const shown = entries.map((entry): [string, unknown] => [entry.name, show(entry)]);
  return Object.fromEntries(shown.filter(([, value]) => value !== undefined));
}
