import { AckPolicy } from '@nats-io/jetstream';
import { headers, nanos } from '@nats-io/transport-node';
import { Controller } from '@nestjs/common';
import { AppError } from '@videoapi/contracts';
import {
  bootstrapStreams,
  currentCall,
  DeadLetters,
  HandleRpc,
  LiveEvents,
  Nats,
  Publisher,
  RpcClient,
  sweepAdvisories,
  withCall,
} from '@videoapi/messaging';
import { eventually, type NatsServer, startNats } from '@videoapi/testing';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ask,
  askNobody,
  captureLogs,
  happened,
  recorder,
  startReceiver,
  startSender,
  stop,
  stopAll,
  unheard,
  work,
} from './apps.js';

let server: NatsServer;
let url: string;
const logs = captureLogs();

beforeAll(async () => {
  server = await startNats();
  url = server.url;
});
afterEach(stopAll);
afterAll(() => server.stop());

describe('rpc', () => {
  let started: number;
  /** Lets the handler of `wait` go on. */
  let answerIt: () => void;

  @Controller()
  class Oracle {
    @HandleRpc(ask)
    async onAsk({ question }: { question: string }) {
      started += 1;
      if (question === 'refuse') throw new AppError('conflict', 'Not like this.', { details: { why: 'because' } });
      if (question === 'crash') throw new TypeError('secret internals');
      if (question === 'wait') await new Promise<void>((resolve) => (answerIt = resolve));
      return { traceparent: question === 'tell much' ? 'x'.repeat(1_048_576) : (currentCall().traceparent ?? null) };
    }
  }

  async function connect(): Promise<RpcClient> {
    started = 0;
    await startReceiver('rpc', { app: 'oracle', url }, [Oracle]);
    return (await startSender({ app: 'asker', url })).get(RpcClient);
  }

  it('carries the question, the answer and the trace', async () => {
    const client = await connect();
    const call = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };
    await expect(withCall(call, () => client.call(ask, { question: 'echo' }, { timeoutMs: 20_000 }))).resolves.toEqual(
      call,
    );
  });

  it('revives the error that the handler threw', async () => {
    const client = await connect();
    const error = await client.call(ask, { question: 'refuse' }, { timeoutMs: 20_000 }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({ code: 'conflict', message: 'Not like this.', details: { why: 'because' } });
  });

  it('turns anything else into internal_error, logs it once and shows nothing of it', async () => {
    const client = await connect();
    logs.length = 0;
    const error = await client.call(ask, { question: 'crash' }, { timeoutMs: 20_000 }).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'internal_error' });
    expect(JSON.stringify(error)).not.toContain('secret');
    expect(logs.filter(({ event }) => event === 'rpc_failed')).toHaveLength(1);
  });

  it('refuses a request that is not one', async () => {
    const client = await connect();
    const wrong = { ...ask, request: askNobody.request };
    await expect(client.call(wrong, {}, { timeoutMs: 20_000 })).rejects.toMatchObject({ code: 'invalid_request' });
    expect(started).toBe(0);
  });

  it('refuses a request that NATS would not carry', async () => {
    const client = await connect();
    const filler = (size: number) => ({ question: 'echo' as const, filler: 'x'.repeat(size) });
    await expect(client.call(ask, filler(900_000), { timeoutMs: 20_000 })).resolves.toBeDefined();
    for (const size of [1_000_000, 1_048_000, 5_000_000]) {
      const answer = client.call(ask, filler(size), { timeoutMs: 20_000 });
      await expect(answer).rejects.toMatchObject({ code: 'payload_too_large' });
    }
  });

  it('says that an answer is more than NATS would carry', async () => {
    const client = await connect();
    const answer = client.call(ask, { question: 'tell much' }, { timeoutMs: 20_000 });
    await expect(answer).rejects.toMatchObject({ code: 'payload_too_large' });
  });

  it('gives up after the timeout', async () => {
    const client = await connect();
    const call = client.call(ask, { question: 'wait' }, { timeoutMs: 200 });
    await expect(call).rejects.toMatchObject({ code: 'unavailable', retryable: true });
    answerIt();
  });

  it('knows at once that nobody serves a subject', async () => {
    const client = await connect();
    const begun = Date.now();
    await expect(client.call(askNobody, {}, { timeoutMs: 60_000 })).rejects.toMatchObject({ code: 'unavailable' });
    expect(Date.now() - begun).toBeLessThan(30_000); // well before the timeout
  });

  it('hands its own deadline on, and does not begin what nobody waits for', async () => {
    const client = await connect();
    const late = { deadline: Date.now() - 1 };
    await expect(
      withCall(late, () => client.call(ask, { question: 'echo' }, { timeoutMs: 20_000 })),
    ).rejects.toMatchObject({
      code: 'unavailable',
    });
    const { connection } = (await startSender({ app: 'asker', url })).get(Nats);
    const expired = headers();
    expired.set('x-deadline', String(Date.now() - 1));
    const body = JSON.stringify({ pattern: ask.subject, data: { question: 'echo' }, id: '1' });
    const answer = await connection.request(ask.subject, body, { timeout: 20_000, headers: expired });
    expect(answer.json()).toMatchObject({ response: { error: { code: 'unavailable' } } });
    expect(started).toBe(0);
  });

  it('finishes the calls it has taken when it stops', async () => {
    started = 0;
    const receiver = await startReceiver('rpc', { app: 'oracle', url }, [Oracle]);
    const client = (await startSender({ app: 'asker', url })).get(RpcClient);
    const call = client.call(ask, { question: 'wait' }, { timeoutMs: 20_000 });
    await eventually(() => started === 1);
    const stopping = stop(receiver);
    // It takes nothing new by now, and is not gone before it has answered.
    await eventually(() =>
      expect(client.call(ask, { question: 'echo' }, { timeoutMs: 20_000 })).rejects.toMatchObject({
        code: 'unavailable',
      }),
    );
    answerIt();
    await stopping;
    await expect(call).resolves.toEqual({ traceparent: null });
    await expect(client.call(ask, { question: 'echo' }, { timeoutMs: 20_000 })).rejects.toMatchObject({
      code: 'unavailable',
    });
  });

  it('fails fast while NATS is down, and works again after', async () => {
    const client = await connect();
    const begun = Date.now();
    const underWay = client.call(ask, { question: 'wait' }, { timeoutMs: 60_000 }).catch((e: unknown) => e);
    await eventually(() => started === 1);
    await server.kill();
    expect(await underWay).toMatchObject({ code: 'unavailable' });
    await expect(client.call(ask, { question: 'echo' }, { timeoutMs: 60_000 })).rejects.toMatchObject({
      code: 'unavailable',
    });
    expect(Date.now() - begun).toBeLessThan(30_000); // well before either timeout
    answerIt();
    await server.start();
    await eventually(() => client.call(ask, { question: 'echo' }, { timeoutMs: 2_000 }));
  });
});

describe('jetstream', () => {
  it('delivers an event once to each app, whatever its number of replicas', async () => {
    const [one, two, otherReplica] = [recorder(), recorder(), recorder()];
    await startReceiver('jetstream', { app: 'one', url }, [one.Events]);
    await startReceiver('jetstream', { app: 'two', url }, [two.Events]);
    await startReceiver('jetstream', { app: 'two', url }, [otherReplica.Events]);
    const publisher = (await startSender({ app: 'sender', url })).get(Publisher);
    for (let n = 0; n < 50; n += 1) await publisher.publishEvent(happened, { id: `once-${n}`, data: { n } });
    await publisher.publishEvent(happened, { id: 'once-0', data: { n: 0 } });
    await publisher.publishEvent(unheard, { id: 'unheard-0', data: { n: 0 } });
    const all = Array.from({ length: 50 }, (_, n) => n);
    await eventually(() => expect(one.numbers().sort(ascending)).toEqual(all));
    await eventually(() => expect([...two.numbers(), ...otherReplica.numbers()].sort(ascending)).toEqual(all));
    const { manager } = (await startSender({ app: 'sender', url })).get(Nats);
    await eventually(async () => {
      const { num_ack_pending, num_pending } = await manager.consumers.info('EVENTS', 'one-thing');
      expect({ num_ack_pending, num_pending }).toEqual({ num_ack_pending: 0, num_pending: 0 });
    });
    expect(one.seen[0]?.meta).toMatchObject({
      id: 'once-0',
      consumer: 'one-thing',
      deliveries: 1,
      subject: happened.subject,
    });
  });

  it('works on the lanes of its deployment only', async () => {
    const kling = recorder();
    await startReceiver('jetstream', { app: 'lanes', url, lanes: ['kling', 'vidu'] }, [kling.Jobs]);
    const sender = await startSender({ app: 'sender', url });
    const publisher = sender.get(Publisher);
    const orders = ['kling', 'vidu', 'other'].map((lane, n) => ({ lane, id: `lane-${lane}`, data: { n } }));
    await expect(publisher.publishJobs(work, orders)).resolves.toEqual([undefined, undefined, undefined]);
    await eventually(() => expect(kling.numbers().sort(ascending)).toEqual([0, 1]));
  });

  it('brings a durable of an older version up to date', async () => {
    const { manager } = (await startSender({ app: 'sender', url })).get(Nats);
    await manager.consumers.add('JOBS', {
      durable_name: 'aged-work-aged',
      filter_subject: work.subject('aged'),
      ack_policy: AckPolicy.Explicit,
      max_ack_pending: 1,
    });
    await startReceiver('jetstream', { app: 'aged', url }, [recorder(undefined, 'aged').Jobs]);
    const { config } = await manager.consumers.info('JOBS', 'aged-work-aged');
    expect(config).toMatchObject({ max_ack_pending: 40, max_deliver: 8, ack_wait: nanos(3_000) });
  });

  it('corrects a stream that has drifted, and leaves its size to the operator', async () => {
    const { manager, connection } = (await startSender({ app: 'sender', url })).get(Nats);
    await manager.streams.update('DLQ', { max_age: nanos(7_200_000), max_bytes: 1_000_000 });
    await expect(bootstrapStreams(connection)).resolves.toEqual([
      expect.objectContaining({ stream: 'DLQ', setting: 'max_age', corrected: true }),
      expect.objectContaining({ stream: 'DLQ', setting: 'max_bytes', found: 1_000_000, corrected: false }),
    ]);
    await expect(bootstrapStreams(connection)).resolves.toEqual([expect.objectContaining({ setting: 'max_bytes' })]);
  });

  it('lets events be watched as they pass', async () => {
    const sender = await startSender({ app: 'sender', url });
    const watched: unknown[] = [];
    const end = sender
      .get(LiveEvents)
      .subscribe('evt.thing.>', (subject, read) => watched.push([subject, read().data]));
    await sender.get(Publisher).publishEvent(happened, { id: 'live-1', data: { n: 1 } });
    await eventually(() => expect(watched).toEqual([[happened.subject, { n: 1 }]]));
    end();
    await sender.get(Publisher).publishEvent(happened, { id: 'live-2', data: { n: 2 } });
    await sender.get(Nats).ping();
    expect(watched).toHaveLength(1);
  });

  it('puts a retryable failure off, and hands it out again', async () => {
    const failing = recorder(({ meta }) => {
      if (meta.deliveries === 1) throw new AppError('unavailable', 'Not now.');
    }, 'retry');
    await startReceiver('jetstream', { app: 'retry', url }, [failing.Jobs]);
    const publisher = (await startSender({ app: 'sender', url })).get(Publisher);
    const begun = Date.now();
    await publisher.publishJob(work, 'retry', { id: 'retry-1', data: { n: 1 } });
    await eventually(() => expect(failing.numbers()).toEqual([1]));
    expect(failing.seen[0]?.meta.deliveries).toBe(2);
    expect(Date.now() - begun).toBeGreaterThan(750); // 1 s less its jitter
  });

  it('dead-letters poison and refusals with everything needed to replay them', async () => {
    let healed = false;
    const refusing = recorder(() => {
      if (!healed) throw new AppError('conflict', 'Never.');
    });
    const bystander = recorder();
    await startReceiver('jetstream', { app: 'poisoned', url }, [refusing.Events]);
    await startReceiver('jetstream', { app: 'bystander', url }, [bystander.Events]);
    const sender = await startSender({ app: 'sender', url });
    const deadLetters = sender.get(DeadLetters);
    const mine = async () =>
      (await deadLetters.list({ limit: 500 })).filter(({ consumer }) => consumer === 'poisoned-thing');
    // The durable is new and reads the whole stream: what earlier tests sent is refused as well.
    await eventually(async () => {
      const before = await mine();
      expect(before.length).toBeGreaterThanOrEqual(50);
    });
    for (const { id } of await mine()) await deadLetters.discard(id);

    await sender.get(Nats).jetstream.publish(happened.subject, 'not json');
    await sender.get(Publisher).publishEvent(happened, { id: 'refused-1', data: { n: 777 } });
    await eventually(async () => expect(await mine()).toHaveLength(2));
    const [poison, refused] = await mine();
    expect(poison).toMatchObject({ code: 'invalid_request', subject: happened.subject, deliveries: 1 });
    expect(Buffer.from(poison?.body ?? []).toString()).toBe('not json');
    expect(refused).toMatchObject({ code: 'conflict', stream: 'EVENTS', headers: { 'Nats-Msg-Id': 'refused-1' } });

    healed = true;
    await eventually(() => expect(bystander.numbers()).toContain(777));
    await deadLetters.replay(refused?.id ?? 0);
    await eventually(() => expect(refusing.numbers()).toEqual([777]));
    expect(refusing.seen[0]?.meta.id).toBe('refused-1');
    expect(await mine()).toHaveLength(1);
    expect(bystander.numbers().filter((n) => n === 777)).toHaveLength(1);
  });

  it('rescues from the work queue what the server has stopped delivering', async () => {
    const sender = await startSender({ app: 'sender', url });
    const { manager, jetstream } = sender.get(Nats);
    const [nats, deadLetters] = [sender.get(Nats), sender.get(DeadLetters)];
    // A worker that dies at each delivery: it fetches and never answers.
    await manager.consumers.add('JOBS', {
      durable_name: 'crashing-work-crash',
      filter_subject: work.subject('crash'),
      ack_policy: AckPolicy.Explicit,
      ack_wait: nanos(200),
      max_deliver: 2,
    });
    await sender.get(Publisher).publishJob(work, 'crash', { id: 'crash-1', data: { n: 1 } });
    const consumer = await jetstream.consumers.get('JOBS', 'crashing-work-crash');
    await eventually(
      async () => {
        await consumer.next({ expires: 1_000 });
        expect(await sweepAdvisories(nats, deadLetters)).toBe(1);
      },
      { timeoutMs: 60_000 },
    );
    const letters = await deadLetters.list({ limit: 1_000 });
    const rescued = letters.find(({ consumer: durable }) => durable === 'crashing-work-crash');
    expect(rescued).toMatchObject({ stream: 'JOBS', code: 'max_deliveries', subject: work.subject('crash') });
    const { num_pending, num_ack_pending } = await manager.consumers.info('JOBS', 'crashing-work-crash');
    expect(num_pending + num_ack_pending).toBe(0);
    expect(await manager.streams.getMessage('JOBS', { seq: rescued?.sequence ?? 0 })).toBeNull();
    expect(await sweepAdvisories(nats, deadLetters)).toBe(0);
  });

  it('keeps a slow handler its message', async () => {
    let begun = 0;
    const slow = recorder(async () => {
      begun += 1;
      await sleep(4_500);
    }, 'slow');
    await startReceiver('jetstream', { app: 'slow', url }, [slow.Jobs]);
    const publisher = (await startSender({ app: 'sender', url })).get(Publisher);
    await publisher.publishJob(work, 'slow', { id: 'slow-1', data: { n: 1 } });
    await eventually(() => expect(slow.numbers()).toEqual([1]));
    expect(begun).toBe(1);
  });

  it('finishes what it has begun when it stops, and hands the rest back', async () => {
    const begun: number[] = [];
    const goOn = Promise.withResolvers<void>();
    const first = recorder(async ({ n }) => {
      begun.push(n);
      await goOn.promise;
    }, 'drain');
    const app = await startReceiver('jetstream', { app: 'drain', url }, [first.Jobs]);
    const publisher = (await startSender({ app: 'sender', url })).get(Publisher);
    const orders = Array.from({ length: 10 }, (_, n) => ({ lane: 'drain', id: `drain-${n}`, data: { n } }));
    await publisher.publishJobs(work, orders);
    await eventually(() => begun.length === 4);
    const stopping = stop(app);
    goOn.resolve();
    await stopping;
    expect(first.numbers().sort(ascending)).toEqual([...begun].sort(ascending));
    expect(first.seen.length).toBeLessThan(10);
    const second = recorder(undefined, 'drain');
    await startReceiver('jetstream', { app: 'drain', url }, [second.Jobs]);
    await eventually(() => expect(second.seen.length + first.seen.length).toBe(10));
    expect(new Set([...first.numbers(), ...second.numbers()]).size).toBe(10);
  });

  it('comes back by itself when JetStream has lost its whole store', async () => {
    const events = recorder();
    const jobs = recorder(undefined, 'main');
    await startReceiver('jetstream', { app: 'phoenix', url }, [events.Events, jobs.Jobs]);
    const publisher = (await startSender({ app: 'sender', url })).get(Publisher);
    await publisher.publishEvent(happened, { id: randomUUID(), data: { n: 1_001 } });
    await eventually(() => expect(events.numbers()).toContain(1_001));
    await server.wipe();
    await eventually(() => publisher.publishEvent(happened, { id: 'after', data: { n: 1_002 } }));
    await eventually(() => publisher.publishJob(work, 'main', { id: 'after', data: { n: 1_003 } }));
    await eventually(() => expect(events.numbers()).toContain(1_002));
    await eventually(() => expect(jobs.numbers()).toContain(1_003));
  });

  it('comes back when somebody deletes its stream', async () => {
    const events = recorder();
    await startReceiver('jetstream', { app: 'orphan', url }, [events.Events]);
    const sender = await startSender({ app: 'sender', url });
    await sender.get(Nats).manager.streams.delete('EVENTS');
    const publisher = sender.get(Publisher);
    await eventually(() => publisher.publishEvent(happened, { id: 'regrown', data: { n: 2_001 } }));
    await eventually(() => expect(events.numbers()).toContain(2_001));
  });
});

function ascending(a: number, b: number): number {
  return a - b;
}
