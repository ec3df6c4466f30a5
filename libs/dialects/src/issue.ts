import { AppError } from '@videoapi/contracts';
import { type z } from 'zod';

type Issue = z.core.$ZodIssue;

/** The first thing wrong with a body, as the error a customer reads. `param` is the path in the wire's own names. */
export function firstIssue(error: z.ZodError): AppError {
  const [issue] = error.issues;
  if (issue === undefined) return new AppError('invalid_field', 'The request is not valid.');
  return fieldError(issue.path, issue.path.length === 0 ? 'must be a JSON object' : explain(issue));
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
  if (issue.code === 'invalid_union')
    return issue.path.at(-1) === 'duration' ? durations : 'has the wrong type or value';
  if (issue.code === 'invalid_type' && 'input' in issue && issue.input === undefined) return 'is required';
  return issue.message.slice(0, 300);
}

const durations = 'must be "auto" or a number of seconds';
