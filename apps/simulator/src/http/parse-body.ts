import { type z } from 'zod';
import { Refusal, type Invalidity } from './refusal.js';

/** The parsed input, or a Refusal that names the first parameter at fault. */
export function parseInput<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
  const parsed = schema.safeParse(input, { reportInput: true });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  if (issue === undefined) throw new Refusal('invalid', 'invalid request');
  const path = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] ?? ''] : issue.path;
  throw new Refusal('invalid', issue.message, {
    invalidity: invalidityOf(issue),
    ...(path.length > 0 && { param: path.map(String).join('.') }),
  });
}

function invalidityOf(issue: z.core.$ZodIssue): Invalidity {
  if (issue.code === 'unrecognized_keys') return 'unknown';
  if (issue.input === undefined && issue.code !== 'custom') return 'missing';
  return issue.code === 'invalid_type' ? 'type' : 'value';
}
