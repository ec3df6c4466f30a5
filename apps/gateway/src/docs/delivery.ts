import { z } from 'zod';
import { type ZodOpenApiPathItemObject } from 'zod-openapi';

/** OpenAPI calls webhooks what we send: one shape, whatever happened. */
export const delivery = {
  post: {
    operationId: 'delivery',
    summary: 'A signed delivery',
    description:
      'Standard Webhooks: `webhook-signature` is `v1,` and the base64 of HMAC-SHA256 over id, timestamp and body.',
    tags: ['Webhooks'],
    requestParams: {
      header: z.object({
        'webhook-id': z.string().describe('The same on every try.'),
        'webhook-timestamp': z.string().describe('Unix seconds.'),
        'webhook-signature': z.string(),
      }),
    },
    requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Delivery' } } } },
    responses: { '2XX': { description: 'Received. Anything else is tried again, for three days.' } },
  },
} satisfies ZodOpenApiPathItemObject;
