import { readFileSync } from 'node:fs';
import { AppError, errorCodes, task as taskSchema, taskStatuses } from '@videoapi/contracts';
import * as fc from 'fast-check';
import { z } from 'zod';
import { type Dialect } from '../src/index.js';

const create = z.object({
  name: z.string(),
  body: z.unknown(),
  submission: z.unknown().optional(),
  refused: z.object({ code: z.enum(errorCodes), param: z.string().optional() }).optional(),
});
const read = z.object({ name: z.string(), task: taskSchema, accepted: z.unknown().optional(), body: z.unknown() });
const error = z.object({
  name: z.string(),
  error: z.object({
    code: z.string(),
    message: z.string(),
    param: z.string().optional(),
    details: z.record(z.string(), z.unknown()).optional(),
    retryAfterMs: z.number().optional(),
  }),
  rendered: z.object({ status: z.int(), headers: z.record(z.string(), z.string()), body: z.unknown() }),
});

const view = { baseUrl: 'https://api.example.com' };
const rules = { allowHttpCallbacks: false };

/**
 * What every dialect must show: its examples (`create.json`, `tasks.json`, `errors.json`) hold in both directions and fit
 * the schemas that the public documentation is made of, every status of a task and every error code has one, and no body
 * whatever makes it throw anything but an AppError.
 */
export function testDialect(dialect: Dialect, folder: URL): void {
  const examples = <Schema extends z.ZodType>(name: string, schema: Schema) =>
    z.array(schema).parse(JSON.parse(readFileSync(new URL(name, folder), 'utf8')));
  const creates = examples('create.json', create);
  const reads = examples('tasks.json', read);
  const errors = examples('errors.json', error);

  describe(`${dialect.name}: create`, () => {
    it.each(creates)('$name', ({ body, submission, refused }) => {
      const outcome = attempt(() => dialect.toSubmission(body, rules));
      if (refused === undefined) expect(plain(outcome)).toEqual({ ok: submission });
      else expect(outcome).toEqual({ refused });
    });

    it.each([undefined, null, 0, '', 'text', true, [], [[]], { __proto__: null }, Symbol.iterator])(
      'refuses %p as a body',
      (body) => {
        expect(attempt(() => dialect.toSubmission(body, rules))).toHaveProperty('refused.code');
      },
    );
  });

  it(`${dialect.name}: nothing in any field makes it throw anything but an AppError`, () => {
    const names = new Set(creates.flatMap(({ body }) => Object.keys(Object(body))));
    const value = fc.oneof(fc.anything({ withNullPrototype: true }), fc.json(), fc.stringMatching(/^-?\d+$/));
    const bodies = fc.dictionary(fc.constantFrom(...names), value, { noNullPrototype: false });
    fc.assert(fc.property(bodies, (body) => void attempt(() => dialect.toSubmission(body, rules))));
  });

  describe(`${dialect.name}: read`, () => {
    it.each(reads)('$name', ({ task, body, accepted }) => {
      expect(plain(dialect.fromTask(task, view))).toEqual(body);
      expect(documented(dialect.answers.task, body)).toEqual(body);
      if (accepted === undefined) return;
      expect(plain(dialect.fromAccepted(task, view))).toEqual(accepted);
      expect(documented(dialect.answers.accepted, accepted)).toEqual(accepted);
    });

    it('has an example of every status', () => {
      expect(new Set(reads.map(({ task }) => task.status))).toEqual(new Set(taskStatuses));
    });
  });

  describe(`${dialect.name}: errors`, () => {
    it.each(errors)('$name', ({ error: { code, message, param, details, retryAfterMs }, rendered }) => {
      const thrown = AppError.revive({
        code,
        message,
        ...(param !== undefined && { param }),
        ...(details !== undefined && { details }),
        ...(retryAfterMs !== undefined && { retryAfterMs }),
      });
      expect(plain(dialect.renderError(thrown, 'req_1'))).toEqual(rendered);
      expect(documented(dialect.answers.error, rendered.body)).toEqual(rendered.body);
    });

    it('has an example of every code', () => {
      const shown = new Set(errors.map((example) => example.error.code));
      expect(errorCodes.filter((code) => !shown.has(code))).toEqual([]);
    });
  });
}

function attempt(work: () => unknown): unknown {
  try {
    return { ok: work() };
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown;
    return { refused: { code: thrown.code, ...(thrown.param !== undefined && { param: thrown.param }) } };
  }
}

/** What is left of a body when everything that its schema does not name is gone. */
function documented(schema: z.ZodType, body: unknown): unknown {
  return schema.parse(body);
}

/** As it would be on the wire. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
