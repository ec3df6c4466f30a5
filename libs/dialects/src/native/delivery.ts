import { type DeliveryType, type Task } from '@videoapi/contracts';
import { type View } from '../dialect.js';
import { fromTask } from './wire.js';

/** The body of a signed delivery: the task as the native GET shows it. `occurredAt` is when the fact became true. */
export function taskDelivery(type: DeliveryType, occurredAt: Date, task: Task, view: View) {
  return delivery(type, occurredAt, fromTask(task, view));
}

/** The same envelope for what is not about a task: `credits.low`, `webhook.test`, `endpoint.disabled`. */
export function delivery<Data>(type: DeliveryType, occurredAt: Date, data: Data) {
  return { type, timestamp: occurredAt.toISOString(), data };
}
