// For its types: it teaches FastifyRequest to read forms.
import type {} from '@fastify/multipart';
import { finished } from 'node:stream/promises';
import { type FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Refusal } from './refusal.js';

/** A file part of a form. Its bytes are read and dropped: the simulator looks at none of them. */
export interface FormFile {
  readonly filename: string;
  readonly contentType: string;
}

export const formLimits = { fileSize: 64 * 1024 * 1024, files: 16, parts: 64, fieldSize: 8 * 1024 * 1024 };

/**
 * The body, be it JSON or multipart/form-data. Form fields arrive as strings; `a[b]` becomes `{ a: { b } }`; a repeated
 * name and `a[]` become a list.
 */
export async function readBody(request: FastifyRequest): Promise<unknown> {
  if (!request.isMultipart()) return request.body;
  const form: Record<string, unknown> = {};
  for await (const part of request.parts({ limits: formLimits })) {
    if (part.type === 'field') {
      put(form, part.fieldname, part.value);
      continue;
    }
    await finished(part.file.resume());
    if (part.file.truncated) throw new Refusal('invalid', 'The file is too large.', { param: part.fieldname });
    put(form, part.fieldname, { filename: part.filename, contentType: part.mimetype } satisfies FormFile);
  }
  return form;
}

/** A value that a form can only carry as JSON text. */
export function jsonText<T extends z.ZodType>(schema: T) {
  return z.preprocess((value, context) => {
    if (typeof value !== 'string') return value;
    try {
      return JSON.parse(value);
    } catch {
      context.addIssue({ code: 'custom', message: 'not valid JSON' });
      return z.NEVER;
    }
  }, schema);
}

function put(form: Record<string, unknown>, name: string, value: unknown): void {
  const [, outer = name, inner] = /^([^[\]]+)\[([^[\]]*)\]$/.exec(name) ?? [];
  if (inner === undefined || inner === '') {
    const known = Object.hasOwn(form, outer) ? form[outer] : undefined;
    if (inner === '' || known !== undefined)
      form[outer] = [...(Array.isArray(known) ? known : known === undefined ? [] : [known]), value];
    else form[outer] = value;
    return;
  }
  const known = form[outer];
  form[outer] = { ...(typeof known === 'object' ? known : {}), [inner]: value };
}
