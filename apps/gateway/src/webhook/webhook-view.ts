import {
  deliveryTypes,
  type Endpoint,
  type listDeliveries,
  type listDeliveryAttempts,
  type RpcResponse,
} from '@videoapi/contracts';
import { z } from 'zod';

type Delivery = RpcResponse<typeof listDeliveries>['deliveries'][number];
type Attempt = RpcResponse<typeof listDeliveryAttempts>['attempts'][number];
const time = z.iso.datetime({ offset: true });

export const endpoint = z
  .object({
    id: z.string(),
    url: z.url(),
    event_types: z.array(z.union([z.enum(deliveryTypes), z.literal('*')])),
    description: z.string(),
    state: z.enum(['enabled', 'disabled']),
    disabled_reason: z.string().nullable(),
    created_at: time,
    last_success_at: time.nullable(),
  })
  .meta({ id: 'WebhookEndpoint' });

export const delivery = z
  .object({
    id: z.string(),
    webhook_id: z.string().describe('The same for every try, and for every receiver of the fact.'),
    endpoint_id: z.string().nullable().describe('Null for a task’s own `callback_url`.'),
    url: z.url(),
    type: z.string(),
    task_id: z.string().nullable(),
    state: z.enum(['pending', 'delivered', 'exhausted', 'discarded']),
    attempts: z.int(),
    last_status: z.int().nullable(),
    next_attempt_at: time.nullable(),
    created_at: time,
  })
  .meta({ id: 'WebhookDelivery' });

export const attempt = z
  .object({
    attempt: z.int(),
    started_at: time,
    duration_ms: z.int(),
    status: z.int().nullable(),
    error: z.string().nullable(),
    response_head: z.string().nullable(),
  })
  .meta({ id: 'WebhookAttempt' });

export function fromEndpoint(given: Endpoint): z.output<typeof endpoint> {
  return {
    id: given.id,
    url: given.url,
    event_types: given.eventTypes,
    description: given.description,
    state: given.state,
    disabled_reason: given.disabledReason,
    created_at: given.createdAt,
    last_success_at: given.lastSuccessAt,
  };
}

export function fromDelivery(given: Delivery): z.output<typeof delivery> {
  return {
    id: given.id,
    webhook_id: given.webhookId,
    endpoint_id: given.endpointId,
    url: given.url,
    type: given.type,
    task_id: given.taskId,
    // A lease is our own affair: to the customer it has not arrived yet.
    state: given.state === 'leased' ? 'pending' : given.state,
    attempts: given.attempts,
    last_status: given.lastStatus,
    next_attempt_at: given.nextAttemptAt,
    created_at: given.createdAt,
  };
}

export function fromAttempt(given: Attempt): z.output<typeof attempt> {
  return {
    attempt: given.attempt,
    started_at: given.startedAt,
    duration_ms: given.durationMs,
    status: given.status,
    error: given.error,
    response_head: given.responseHead,
  };
}
