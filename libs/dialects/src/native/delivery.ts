import { type DeliveryType, deliveryTypes, type Task } from '@videoapi/contracts';
import { z } from 'zod';
import { type View } from '../dialect.js';
import { generation } from './answer.js';
import { fromTask } from './wire.js';

export const taskDeliveryBody = z
  .object({
    type: z.enum(deliveryTypes).extract(['video.queued', 'video.in_progress', 'video.completed', 'video.failed']),
    timestamp: z.iso.datetime().describe('When it became true.'),
    data: generation,
  })
  .meta({ id: 'Delivery' });

/** The body of a signed delivery: the task as the native GET shows it. `occurredAt` is when the fact became true. */
export function taskDelivery(type: DeliveryType, occurredAt: Date, task: Task, view: View) {
  return delivery(type, occurredAt, fromTask(task, view));
}

/** The same envelope for what is not about a task: `credits.low`, `webhook.test`, `endpoint.disabled`. */
export function delivery<Data>(type: DeliveryType, occurredAt: Date, data: Data) {
  return { type, timestamp: occurredAt.toISOString(), data };
}
