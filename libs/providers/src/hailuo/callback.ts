import type { CallbackVerifier } from '@videoapi/provider-kit';
import { z } from 'zod';
import { jsonOf } from '../json.js';

/** Unsigned, in the shape of a query. Before the first of them the address must prove itself within three seconds. */
export const hailuoCallback: CallbackVerifier = {
  verify: () => 'hint',

  parse({ body }) {
    const json = jsonOf(body);
    const first = firstSchema.safeParse(json).data;
    if (first !== undefined) return { upstreamId: first.task_id, status: first.status };
    const second = secondSchema.safeParse(json).data?.task;
    return second === undefined ? {} : { upstreamId: second.id, status: second.status };
  },

  challenge({ body }) {
    return challengeSchema.safeParse(jsonOf(body)).data;
  },
};

const firstSchema = z.object({ task_id: z.string(), status: z.string() });
/** GUESS: of v2 only "the query shape" is said. */
const secondSchema = z.object({ task: z.object({ id: z.string(), status: z.string() }) });
const challengeSchema = z.strictObject({ challenge: z.string().min(1).max(1_000) });
