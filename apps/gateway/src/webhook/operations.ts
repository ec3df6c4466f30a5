import { deliveryTypes } from '@videoapi/contracts';
import { type Operation } from '@videoapi/dialects';
import { z } from 'zod';
import { attempt, delivery, endpoint } from './webhook-view.js';

const tag = 'Webhooks';
const path = z.object({ id: z.string() });
const url = z.url({ protocol: /^https?$/ }).max(2048);
const eventTypes = z
  .array(z.union([z.enum(deliveryTypes), z.literal('*')]))
  .min(1)
  .max(20);

export const createBody = z
  .object({
    url,
    event_types: eventTypes.default(['*']),
    description: z.string().max(500).default(''),
  })
  .meta({ id: 'CreateWebhookEndpoint' });

export const updateBody = z
  .object({
    url: url.optional(),
    event_types: eventTypes.optional(),
    description: z.string().max(500).optional(),
    state: z.enum(['enabled', 'disabled']).optional(),
  })
  .meta({ id: 'UpdateWebhookEndpoint' });

export const rotateBody = z
  .object({ overlap_seconds: z.int().min(0).max(604_800).default(86_400).describe('How long both secrets sign.') })
  .meta({ id: 'RotateSecret' })
  .prefault({});

export const deliveriesQuery = z.object({
  endpoint_id: z.string().max(64).optional(),
  task_id: z.string().max(64).optional(),
  state: z.enum(['pending', 'delivered', 'exhausted', 'discarded']).optional(),
  type: z.string().max(64).optional(),
  after: z.string().max(64).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
});

export const revealQuery = z.object({ reveal: z.stringbool().default(false) });

const shown = (description: string, body: z.ZodType) => [{ status: 200, description, body }] as const;
const secret = z.object({ secret: z.string() });
const listOf = (item: z.ZodType) => z.object({ object: z.literal('list'), data: z.array(item) });

/** Where an account's deliveries go. */
export const endpointOperations = {
  list: {
    id: 'listWebhookEndpoints',
    tag,
    summary: 'List endpoints',
    answers: shown('All of them.', listOf(endpoint)),
  },
  get: {
    id: 'getWebhookEndpoint',
    tag,
    summary: 'Read an endpoint',
    path,
    answers: shown('The endpoint.', endpoint),
    refusals: ['not_found'],
  },
  create: {
    id: 'createWebhookEndpoint',
    tag,
    summary: 'Create an endpoint',
    body: { json: createBody, isRequired: true },
    answers: [
      {
        status: 201,
        description: '`secret` verifies the signatures and is shown only here.',
        body: endpoint.extend(secret.shape).meta({ id: 'CreatedWebhookEndpoint' }),
      },
    ],
    refusals: ['conflict'],
  },
  update: {
    id: 'updateWebhookEndpoint',
    tag,
    summary: 'Change an endpoint, or switch it on or off',
    path,
    body: { json: updateBody, isRequired: true },
    answers: shown('The endpoint.', endpoint),
    refusals: ['not_found', 'conflict'],
  },
  remove: {
    id: 'deleteWebhookEndpoint',
    tag,
    summary: 'Delete an endpoint',
    path,
    answers: shown('It is gone.', z.object({ id: z.string(), deleted: z.literal(true) })),
    refusals: ['not_found'],
  },
  rotate: {
    id: 'rotateWebhookEndpointSecret',
    tag,
    summary: 'Replace an endpoint’s secret',
    path,
    body: { json: rotateBody },
    answers: shown('The new one.', secret),
    refusals: ['not_found'],
  },
  test: {
    id: 'testWebhookEndpoint',
    tag,
    summary: 'Send `webhook.test` now',
    path,
    answers: shown(
      'What the receiver said.',
      z.object({ delivered: z.boolean(), status: z.int().nullable(), error: z.string().nullable() }),
    ),
    refusals: ['not_found'],
  },
} as const satisfies Record<string, Operation>;

/** What was sent, and the secret that signs the deliveries of a task's own `callback_url`. */
export const deliveryOperations = {
  list: {
    id: 'listWebhookDeliveries',
    tag,
    summary: 'List deliveries',
    query: deliveriesQuery,
    answers: shown(
      'One page.',
      listOf(delivery).extend({ last_id: z.string().nullable(), has_more: z.boolean() }).meta({ id: 'DeliveryPage' }),
    ),
    refusals: ['invalid_field'],
  },
  attempts: {
    id: 'listWebhookDeliveryAttempts',
    tag,
    summary: 'Every try of a delivery',
    path,
    answers: shown('All of them.', listOf(attempt)),
    refusals: ['not_found'],
  },
  redeliver: {
    id: 'redeliverWebhook',
    tag,
    summary: 'Deliver once more',
    description: 'Now, with the same `webhook-id`: a receiver that had it already can tell.',
    path,
    answers: shown('The delivery.', delivery),
    refusals: ['not_found', 'conflict'],
  },
  secret: {
    id: 'getWebhookSecret',
    tag,
    summary: 'The account’s own secret',
    description: 'Signs the deliveries of a `callback_url`.',
    query: revealQuery,
    answers: shown(
      'A hint; the secret itself only with `reveal`.',
      z.object({ secret: z.string().nullable(), hint: z.string() }),
    ),
    refusals: ['invalid_field'],
  },
  rotate: {
    id: 'rotateWebhookSecret',
    tag,
    summary: 'Replace the account’s own secret',
    body: { json: rotateBody },
    answers: shown('The new one.', secret),
  },
} as const satisfies Record<string, Operation>;
