import { AppError } from '@videoapi/contracts';
import { fieldError } from '@videoapi/dialects';

const maxDepth = 32;

/**
 * Reads a JSON body. Throws `invalid_json` (400) for what is not JSON, `invalid_field` (422) for what is but must go no
 * further: nesting past 32, and text that PostgreSQL cannot keep. An empty body is undefined: some clients always send
 * the content type.
 */
export function readJson(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(body));
  } catch (cause) {
    throw new AppError('invalid_json', 'The request body is not valid JSON.', { cause });
  }
  checkJson(value);
  return value;
}

/** The same for what a form was read into. */
export function checkJson(value: unknown): void {
  inspect(value, []);
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Names are looked at as well: metadata keys are stored. `__proto__` is refused by name, so no merge can ever see it. */
function inspect(value: unknown, path: (string | number)[]): void {
  if (typeof value === 'string') return inspectText(value, path);
  if (typeof value !== 'object' || value === null) return;
  if (path.length >= maxDepth) throw fieldError(path.slice(0, 1), `must not be nested deeper than ${maxDepth} levels`);
  if (Array.isArray(value)) {
    value.forEach((entry, index) => inspect(entry, [...path, index]));
    return;
  }
  for (const [name, entry] of Object.entries(value)) {
    if (name === '__proto__') throw fieldError(path, 'must not have a field named __proto__');
    inspectText(name, path);
    inspect(entry, [...path, name]);
  }
}

function inspectText(text: string, path: readonly (string | number)[]): void {
  if (!text.isWellFormed() || text.includes('\0')) {
    throw fieldError(path, 'must be well-formed Unicode without NUL');
  }
}
