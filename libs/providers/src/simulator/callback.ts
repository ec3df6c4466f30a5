import type { CallbackVerifier } from '@videoapi/provider-kit';
import { z } from 'zod';
import { jsonOf } from '../json.js';
import { verifyStandardWebhook } from '../standard-webhook.js';

export const simulatorCallback: CallbackVerifier = {
  verify: verifyStandardWebhook,

  parse({ body }) {
    const data = callbackSchema.safeParse(jsonOf(body)).data?.data;
    return data === undefined ? {} : { upstreamId: data.id, status: data.status };
  },
};

const callbackSchema = z.object({ data: z.object({ id: z.string(), status: z.string() }) });
