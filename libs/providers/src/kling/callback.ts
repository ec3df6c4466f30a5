import type { CallbackVerifier } from '@videoapi/provider-kit';
import { z } from 'zod';
import { jsonOf } from '../json.js';
import { verifyStandardWebhook } from '../standard-webhook.js';

/** Standard Webhooks where a secret was made in the console. The body is one task, flat, in the words of its generation. */
export const klingCallback: CallbackVerifier = {
  verify: verifyStandardWebhook,

  parse({ body }) {
    const json = jsonOf(body);
    const task = taskSchema.safeParse(json).data;
    if (task !== undefined) return { upstreamId: task.id, status: task.status };
    const legacy = legacySchema.safeParse(json).data;
    return legacy === undefined ? {} : { upstreamId: legacy.task_id, status: legacy.task_status };
  },
};

const taskSchema = z.object({ id: z.string(), status: z.string() });
const legacySchema = z.object({ task_id: z.string(), task_status: z.string() });
