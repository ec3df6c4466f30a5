import { AckPolicy, type ConsumerConfig, DeliverPolicy, ReplayPolicy } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { type z } from 'zod';
import { EventBinding, JobBinding, type MessageMeta } from './handlers.js';
import { serverMaxDeliver } from './retry.js';

export interface BoundHandler {
  readonly binding: JobBinding | EventBinding;
  readonly handle: (data: unknown, meta: MessageMeta) => Promise<void>;
}

export interface Subscriber {
  readonly schema: z.ZodType;
  readonly handle: BoundHandler['handle'];
}

/** One durable consumer of this app, and who gets its messages. */
export interface ConsumerPlan {
  readonly stream: 'JOBS' | 'EVENTS';
  readonly durable: string;
  readonly filter: string;
  readonly concurrency: number;
  /** Messages fetched ahead. Few for jobs: one that waits here behind slow ones is lost to idle replicas. */
  readonly prefetch: number;
  readonly ackWaitMs: number;
  /** By subject. */
  readonly subscribers: ReadonlyMap<string, Subscriber>;
}

const defaults = { jobConcurrency: 32, eventConcurrency: 64, ackWaitMs: 30_000 } as const;
/** How many processes of one app may hold a full load at once before the server makes them share. */
const poolSize = 8;
const tokenPattern = /^[a-z0-9_-]+$/;

/**
 * The durables of an app: one per (verb, lane) and one per entity. nats-server 2.9 knows one filter per consumer, and a
 * work queue admits no two consumers with overlapping ones.
 */
export function planConsumers(
  app: string,
  handlers: readonly BoundHandler[],
  lanes: readonly string[] | undefined,
): ConsumerPlan[] {
  const plans = new Map<string, ConsumerPlan>();
  for (const { binding, handle } of handlers) {
    const wanted =
      binding instanceof JobBinding ? jobPlans(app, binding, handle, lanes) : [eventPlan(app, binding, handle)];
    for (const plan of wanted) plans.set(plan.durable, merge(plans.get(plan.durable), plan));
  }
  return [...plans.values()];
}

export function consumerConfig(plan: ConsumerPlan): Partial<ConsumerConfig> & { durable_name: string } {
  return {
    durable_name: plan.durable,
    filter_subject: plan.filter,
    deliver_policy: DeliverPolicy.All,
    replay_policy: ReplayPolicy.Instant,
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(plan.ackWaitMs),
    max_deliver: serverMaxDeliver,
    max_ack_pending: poolSize * (plan.concurrency + plan.prefetch),
  };
}

function jobPlans(
  app: string,
  { job, options }: JobBinding,
  handle: BoundHandler['handle'],
  lanes: readonly string[] | undefined,
): ConsumerPlan[] {
  const concurrency = options.concurrency ?? defaults.jobConcurrency;
  const worked = options.lane === undefined ? lanes : [options.lane];
  if (worked === undefined) throw new Error(`${app}: the job ${job.verb} has no lane, nor has the transport any`);
  return worked.map((lane) => {
    const filter = job.subject(token(lane));
    return {
      stream: 'JOBS',
      durable: `${app}-${job.verb}-${lane}`,
      filter,
      concurrency,
      prefetch: Math.ceil(concurrency / 4),
      ackWaitMs: options.ackWaitMs ?? defaults.ackWaitMs,
      subscribers: new Map([[filter, { schema: job.data, handle }]]),
    };
  });
}

function eventPlan(app: string, { event, options }: EventBinding, handle: BoundHandler['handle']): ConsumerPlan {
  const concurrency = options.concurrency ?? defaults.eventConcurrency;
  return {
    stream: 'EVENTS',
    durable: `${app}-${token(event.entity)}`,
    filter: `evt.${event.entity}.v1.>`,
    concurrency,
    prefetch: concurrency,
    ackWaitMs: defaults.ackWaitMs,
    subscribers: new Map([[event.subject, { schema: event.data, handle }]]),
  };
}

function merge(before: ConsumerPlan | undefined, plan: ConsumerPlan): ConsumerPlan {
  if (before === undefined) return plan;
  for (const subject of plan.subscribers.keys()) {
    // Two would share one ack: the failure of either would repeat both.
    if (before.subscribers.has(subject)) throw new Error(`${plan.durable}: two handlers for ${subject}`);
  }
  const concurrency = Math.max(before.concurrency, plan.concurrency);
  return {
    ...before,
    concurrency,
    prefetch: concurrency,
    subscribers: new Map([...before.subscribers, ...plan.subscribers]),
  };
}

function token(value: string): string {
  if (!tokenPattern.test(value)) throw new Error(`"${value}" is not a subject token`);
  return value;
}
