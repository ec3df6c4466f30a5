import { type Endpoint, type listDeliveries, type listDeliveryAttempts, type RpcResponse } from '@videoapi/contracts';

type Delivery = RpcResponse<typeof listDeliveries>['deliveries'][number];
type Attempt = RpcResponse<typeof listDeliveryAttempts>['attempts'][number];

export function fromEndpoint(endpoint: Endpoint) {
  return {
    id: endpoint.id,
    url: endpoint.url,
    event_types: endpoint.eventTypes,
    description: endpoint.description,
    state: endpoint.state,
    disabled_reason: endpoint.disabledReason,
    created_at: endpoint.createdAt,
    last_success_at: endpoint.lastSuccessAt,
  };
}

export function fromDelivery(delivery: Delivery) {
  return {
    id: delivery.id,
    webhook_id: delivery.webhookId,
    endpoint_id: delivery.endpointId,
    url: delivery.url,
    type: delivery.type,
    task_id: delivery.taskId,
    // A lease is our own affair: to the customer it has not arrived yet.
    state: delivery.state === 'leased' ? 'pending' : delivery.state,
    attempts: delivery.attempts,
    last_status: delivery.lastStatus,
    next_attempt_at: delivery.nextAttemptAt,
    created_at: delivery.createdAt,
  };
}

export function fromAttempt(attempt: Attempt) {
  return {
    attempt: attempt.attempt,
    started_at: attempt.startedAt,
    duration_ms: attempt.durationMs,
    status: attempt.status,
    error: attempt.error,
    response_head: attempt.responseHead,
  };
}
