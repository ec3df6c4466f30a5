import { aistudiosDeliveryBody, nativeTaskDeliveryBody } from '@videoapi/dialects';
import { z } from 'zod';
import { type ZodOpenApiOperationObject, type ZodOpenApiPathItemObject } from 'zod-openapi';

/** Named in the document, so that it has them as answers although a webhook's body is a request. */
export const deliverySchemas = { Delivery: nativeTaskDeliveryBody, ProjectDelivery: aistudiosDeliveryBody };

/** OpenAPI calls webhooks what we send. */
const signed = {
  tags: ['Webhooks'],
  description:
    'Standard Webhooks: `webhook-signature` is `v1,` and the base64 of HMAC-SHA256 over id, timestamp and body.',
  requestParams: {
    header: z.object({
      'webhook-id': z.string().describe('The same on every try.'),
      'webhook-timestamp': z.string().describe('Unix seconds.'),
      'webhook-signature': z.string(),
    }),
  },
  responses: { '2XX': { description: 'Received. Anything else is tried again, for three days.' } },
} as const satisfies ZodOpenApiOperationObject;

export const delivery = {
  post: {
    ...signed,
    operationId: 'delivery',
    summary: 'To an endpoint or a `callback_url`',
    requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Delivery' } } } },
  },
} satisfies ZodOpenApiPathItemObject;

export const projectDelivery = {
  post: {
    ...signed,
    operationId: 'projectDelivery',
    summary: 'To a project’s `webhookUrl`',
    requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/ProjectDelivery' } } } },
  },
} satisfies ZodOpenApiPathItemObject;
