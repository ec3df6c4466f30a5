import { fieldError } from './issue.js';

const maxDepth = 8;

type Branch = { [name: string]: unknown } | unknown[];

/**
 * The structure that a form means by its names: `a[b]` is a field of an object, `a[]` and a repeated name are lists, and
 * `a[][b]` begins the next object of a list when the present one has a `b`. An empty value is an absent one.
 * @throws AppError `invalid_field` for a name that means nothing, or two things
 */
export function readForm(entries: Iterable<readonly [name: string, value: string]>): Record<string, unknown> {
  const form: Record<string, unknown> = {};
  for (const [name, value] of entries) {
    if (value !== '') put(form, pathOf(name), value, name);
  }
  return form;
}

/** `a[b][]` → `['a', 'b', '']`. */
function pathOf(name: string): string[] {
  const [head, ...inner] = name.split('[');
  const path = [head ?? '', ...inner.map((part) => part.slice(0, -1))];
  const isSound = head !== '' && head?.includes(']') === false && inner.every((part) => /^[^\]]*\]$/.test(part));
  if (!isSound || path.length > maxDepth || path.includes('__proto__')) {
    throw fieldError([name], 'is not a name that a form can have here');
  }
  return path;
}

function put(branch: Branch, [step = '', ...rest]: readonly string[], value: string, name: string): void {
  if (Array.isArray(branch)) return putInList(branch, step, rest, { value, name });
  if (step === '') throw fieldError([name], 'is a list here and something else elsewhere');
  const known = Object.hasOwn(branch, step) ? branch[step] : undefined;
  if (rest.length === 0) {
    if (known === undefined) branch[step] = value;
    else branch[step] = [...(Array.isArray(known) ? known : [known]), value];
    return;
  }
  const next = known ?? (rest[0] === '' ? [] : {});
  if (!isBranch(next)) throw fieldError([name], 'is a text here and something else elsewhere');
  branch[step] = next;
  put(next, rest, value, name);
}

function putInList(
  list: unknown[],
  step: string,
  rest: readonly string[],
  { value, name }: { readonly value: string; readonly name: string },
): void {
  if (step !== '') throw fieldError([name], 'is a list here and something else elsewhere');
  if (rest.length === 0) {
    list.push(value);
    return;
  }
  const last: unknown = list.at(-1);
  if (isObject(last) && !has(last, rest)) return put(last, rest, value, name);
  const next: Branch = rest[0] === '' ? [] : {};
  list.push(next);
  put(next, rest, value, name);
}

/** Is this leaf there already? Then the value belongs to the next object of the list. */
function has(value: unknown, [step, ...rest]: readonly string[]): boolean {
  if (step === undefined) return true;
  return isObject(value) && Object.hasOwn(value, step) && has(value[step], rest);
}

function isBranch(value: unknown): value is Branch {
  return typeof value === 'object' && value !== null;
}

function isObject(value: unknown): value is { [name: string]: unknown } {
  return isBranch(value) && !Array.isArray(value);
}
