import type { CallbackVerifier } from '@videoapi/provider-kit';
import { z } from 'zod';
import { jsonOf } from '../json.js';

/** Ark signs nothing: the body of GET, to an address that only it was told. */
export const seedanceCallback: CallbackVerifier = {
  verify: () => 'hint',

  parse({ body }) {
    const task = taskSchema.safeParse(jsonOf(body)).data;
    return task === undefined ? {} : { upstreamId: task.id, status: task.status };
  },
};

const taskSchema = z.object({ id: z.string(), status: z.string() });
