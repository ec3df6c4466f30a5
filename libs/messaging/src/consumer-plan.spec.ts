import { defineEvent, defineJob } from '@videoapi/contracts';
import { z } from 'zod';
import { consumerConfig, planConsumers } from './consumer-plan.js';
import { EventBinding, JobBinding } from './handlers.js';

const completed = defineEvent('task', 'completed', z.object({}));
const failed = defineEvent('task', 'failed', z.object({}));
const stored = defineEvent('media', 'stored', z.object({}));
const submit = defineJob('submit', z.object({}));
const handle = async () => {};
const onEvent = (event: typeof completed, concurrency?: number) => ({
  binding: new EventBinding(event, concurrency === undefined ? {} : { concurrency }),
  handle,
});
const onJob = (lane?: string) => ({ binding: new JobBinding(submit, lane === undefined ? {} : { lane }), handle });

describe('planConsumers', () => {
  it('gives all facts of an entity one durable and each entity its own', () => {
    const plans = planConsumers('webhooks', [onEvent(completed), onEvent(failed), onEvent(stored)], undefined);
    expect(plans.map(({ durable, filter }) => [durable, filter])).toEqual([
      ['webhooks-task', 'evt.task.v1.>'],
      ['webhooks-media', 'evt.media.v1.>'],
    ]);
    expect([...(plans[0]?.subscribers.keys() ?? [])]).toEqual(['evt.task.v1.completed', 'evt.task.v1.failed']);
  });

  it('takes the largest concurrency asked for', () => {
    expect(planConsumers('a', [onEvent(completed, 8), onEvent(failed, 200)], undefined)[0]).toMatchObject({
      concurrency: 200,
    });
  });

  it('gives a job one durable for each lane', () => {
    const plans = planConsumers('provider-worker', [onJob()], ['kling', 'vidu-2']);
    expect(plans.map(({ stream, durable, filter }) => [stream, durable, filter])).toEqual([
      ['JOBS', 'provider-worker-submit-kling', 'job.v1.submit.kling'],
      ['JOBS', 'provider-worker-submit-vidu-2', 'job.v1.submit.vidu-2'],
    ]);
    expect(planConsumers('billing', [onJob('main')], ['kling'])[0]?.durable).toBe('billing-submit-main');
  });

  it('refuses what would work on nothing, on everything, or twice', () => {
    expect(() => planConsumers('a', [onJob()], undefined)).toThrow('no lane');
    expect(planConsumers('a', [onJob()], [])).toEqual([]);
    expect(() => planConsumers('a', [onJob('*')], undefined)).toThrow('not a subject token');
    expect(() => planConsumers('a', [onEvent(completed), onEvent(completed)], undefined)).toThrow('two handlers');
  });
});

it('asks for one filter, explicit acks and room for a pool of replicas', () => {
  const [plan] = planConsumers('billing', [onJob('main')], undefined);
  expect(plan && consumerConfig(plan)).toMatchObject({
    durable_name: 'billing-submit-main',
    filter_subject: 'job.v1.submit.main',
    ack_policy: 'explicit',
    deliver_policy: 'all',
    ack_wait: 30_000_000_000,
    max_deliver: 8,
    max_ack_pending: 8 * (32 + 8),
  });
});
