import { AppError } from '@videoapi/contracts';
import { type z } from 'zod';

type Issue = z.core.$ZodIssue;

/**
 * The first thing wrong with a body, as the error a customer reads. `param` is the path in the wire's own names; `within`
 * is where the body stands in the whole.
 */
export function firstIssue(error: z.ZodError, within: readonly PropertyKey[] = []): AppError {
  const [issue] = error.issues;
  if (issue === undefined) return new AppError('invalid_field', 'The request is not valid.');
  const path = [...within, ...issue.path];
  return fieldError(path, path.length === 0 ? 'must be a JSON object' : explain(issue));
}

/** The required field that is not there, if that is the first thing wrong. */
export function missingField(error: z.ZodError): string | undefined {
  const [issue] = error.issues;
  return issue !== undefined && issue.path.length === 1 && isAbsent(issue) ? String(issue.path[0]) : undefined;
}

export function fieldError(path: readonly PropertyKey[], complaint: string): AppError {
  const param = paramName(path);
  const message = `${param === '' ? 'The request body' : param}: ${complaint}.`;
  return new AppError('invalid_field', message, param === '' ? {} : { param });
}

/** `['images', 0, 'url']` → `images[0].url`. Cut short: a hostile key must not come back as a page of text. */
function paramName(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`))
    .join('')
    .slice(0, 200);
}

function explain(issue: Issue): string {
  if (isAbsent(issue)) return 'is required';
  if (issue.code === 'invalid_union' && issue.message === 'Invalid input') return 'has the wrong type or value';
  return issue.message.slice(0, 300);
}

/** Only of a parse with `reportInput`. */
function isAbsent(issue: Issue): boolean {
  return issue.code === 'invalid_type' && 'input' in issue && issue.input === undefined;
}
