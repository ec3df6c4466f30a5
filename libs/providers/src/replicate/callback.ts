import type { CallbackVerifier } from '@videoapi/provider-kit';
import { z } from 'zod';
import { jsonOf } from '../json.js';
import { verifyStandardWebhook } from '../standard-webhook.js';

/** Standard Webhooks with the account's secret. The body is the prediction; repeats and any order are to be expected. */
export const replicateCallback: CallbackVerifier = {
  verify: verifyStandardWebhook,

  parse({ body }) {
    const prediction = predictionSchema.safeParse(jsonOf(body)).data;
    return prediction === undefined ? {} : { upstreamId: prediction.id, status: prediction.status };
  },
};

const predictionSchema = z.object({ id: z.string(), status: z.string() });
