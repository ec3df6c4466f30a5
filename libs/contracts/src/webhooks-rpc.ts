import { z } from 'zod';
import { defineRpc } from './define.js';

export const deliveryTypes = [
  'video.queued',
  'video.in_progress',
  'video.completed',
  'video.failed',
  'credits.low',
  'webhook.test',
  'endpoint.disabled',
] as const;
export type DeliveryType = (typeof deliveryTypes)[number];
const eventTypes = z.array(z.union([z.enum(deliveryTypes), z.literal('*')])).max(20);

const endpoint = z.object({
  id: z.string(),
  url: z.url(),
  eventTypes,
  description: z.string(),
  state: z.enum(['enabled', 'disabled']),
  disabledReason: z.string().nullable(),
  createdAt: z.iso.datetime({ offset: true }),
  lastSuccessAt: z.iso.datetime({ offset: true }).nullable(),
});
export type Endpoint = z.output<typeof endpoint>;
const settings = z.object({ eventTypes: eventTypes.optional(), description: z.string().max(500).optional() });
const owned = z.object({ accountId: z.string(), endpointId: z.string() });

/** The secret is shown once. */
export const createEndpoint = defineRpc(
  'rpc.webhooks.v1.create_endpoint',
  settings.extend({ accountId: z.string(), url: z.string().max(2048) }),
  z.object({ endpoint, secret: z.string() }),
);
export const listEndpoints = defineRpc(
  'rpc.webhooks.v1.list_endpoints',
  z.object({ accountId: z.string() }),
  z.object({ endpoints: z.array(endpoint) }),
);
export const updateEndpoint = defineRpc(
  'rpc.webhooks.v1.update_endpoint',
  settings
    .extend(owned.shape)
    .extend({ url: z.string().max(2048).optional(), state: z.enum(['enabled', 'disabled']).optional() }),
  z.object({ endpoint }),
);
export const deleteEndpoint = defineRpc(
  'rpc.webhooks.v1.delete_endpoint',
  owned,
  z.object({ deleted: z.literal(true) }),
);
export const rotateEndpointSecret = defineRpc(
  'rpc.webhooks.v1.rotate_endpoint_secret',
  owned.extend({ overlapSeconds: z.int().min(0).max(604_800).default(86_400) }),
  z.object({ secret: z.string() }),
);
/** Sends `webhook.test` now and says what the receiver answered. */
export const testEndpoint = defineRpc(
  'rpc.webhooks.v1.test_endpoint',
  owned,
  z.object({ delivered: z.boolean(), status: z.int().nullable(), error: z.string().nullable() }),
);

/** The account's own secret, which signs `callback_url` deliveries. Made on first use. */
export const getAccountSecret = defineRpc(
  'rpc.webhooks.v1.get_account_secret',
  z.object({ accountId: z.string(), reveal: z.boolean().default(false) }),
  z.object({ secret: z.string().nullable(), hint: z.string() }),
);
export const rotateAccountSecret = defineRpc(
  'rpc.webhooks.v1.rotate_account_secret',
  z.object({ accountId: z.string(), overlapSeconds: z.int().min(0).max(604_800).default(86_400) }),
  z.object({ secret: z.string() }),
);

const delivery = z.object({
  id: z.string(),
  webhookId: z.string(),
  endpointId: z.string().nullable(),
  url: z.url(),
  type: z.string(),
  taskId: z.string().nullable(),
  state: z.enum(['pending', 'leased', 'delivered', 'exhausted', 'discarded']),
  attempts: z.int(),
  lastStatus: z.int().nullable(),
  nextAttemptAt: z.iso.datetime({ offset: true }).nullable(),
  createdAt: z.iso.datetime({ offset: true }),
});
export const listDeliveries = defineRpc(
  'rpc.webhooks.v1.list_deliveries',
  z.object({
    accountId: z.string(),
    endpointId: z.string().optional(),
    taskId: z.string().optional(),
    state: delivery.shape.state.optional(),
    type: z.string().optional(),
    after: z.string().optional(),
    limit: z.int().min(1).max(100).default(20),
  }),
  z.object({ deliveries: z.array(delivery), hasMore: z.boolean() }),
);
export const listDeliveryAttempts = defineRpc(
  'rpc.webhooks.v1.list_delivery_attempts',
  z.object({ accountId: z.string(), deliveryId: z.string() }),
  z.object({
    attempts: z.array(
      z.object({
        attempt: z.int(),
        startedAt: z.iso.datetime({ offset: true }),
        durationMs: z.int(),
        status: z.int().nullable(),
        error: z.string().nullable(),
        responseHead: z.string().nullable(),
      }),
    ),
  }),
);
/** Now, as an extra attempt with the same webhook-id. */
export const redeliver = defineRpc(
  'rpc.webhooks.v1.redeliver',
  z.object({ accountId: z.string(), deliveryId: z.string() }),
  z.object({ delivery }),
);
