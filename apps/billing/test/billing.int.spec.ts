import { Controller, Logger, Module } from '@nestjs/common';
import { type Running, start } from '@videoapi/chassis';
import {
  AppError,
  applyPrices,
  type EventData,
  getTaskStates,
  getWallet,
  grantCredits,
  holdResolved,
  type JobData,
  listEntries,
  listPrices,
  mainLane,
  placeHold,
  quotePrice,
  refundCredits,
  resolveHoldJob,
  type RpcRequest,
  type RpcResponse,
  setPriceList,
  walletLow,
} from '@videoapi/contracts';
import {
  HandleEvent,
  HandleRpc,
  jetStreamTransport,
  MessagingModule,
  natsTransport,
  Publisher,
  RpcClient,
} from '@videoapi/messaging';
import { eventually, type NatsServer, startNats } from '@videoapi/testing';
import { sql } from '@videoapi/database';
import { BillingModule, transports } from '../src/billing.module.js';
import { type BillingConfig } from '../src/config.js';
import { HoldSweeper } from '../src/sweeper/hold-sweeper.js';
import { LotSweeper } from '../src/sweeper/lot-sweeper.js';
import { checkInvariants } from '../src/audit/invariants.js';
import { type Ledger, model, oneASecond, openLedger, taskIdOf } from './ledger.js';

type TaskState = RpcResponse<typeof getTaskStates>['states'][number]['state'];

/** What the other services do and hear. */
class Neighbours {
  readonly resolved: EventData<typeof holdResolved>[] = [];
  readonly low: EventData<typeof walletLow>[] = [];
  readonly states = new Map<string, TaskState>();
  answers = true;
}

@Controller()
class Orchestrator {
  constructor(private readonly neighbours: Neighbours) {}

  @HandleRpc(getTaskStates)
  states({ taskIds }: RpcRequest<typeof getTaskStates>): Promise<RpcResponse<typeof getTaskStates>> {
    if (!this.neighbours.answers) return Promise.reject(new AppError('unavailable', 'restarting'));
    const deadlineAt = new Date(Date.now() + 3_600_000).toISOString();
    const states = taskIds.map((taskId) => {
      const state = this.neighbours.states.get(taskId) ?? 'unknown';
      return { taskId, state, deadlineAt: state === 'alive' ? deadlineAt : null };
    });
    return Promise.resolve({ states });
  }

  @HandleEvent(holdResolved)
  onResolved(fact: EventData<typeof holdResolved>): Promise<void> {
    this.neighbours.resolved.push(fact);
    return Promise.resolve();
  }

  @HandleEvent(walletLow)
  onLow(fact: EventData<typeof walletLow>): Promise<void> {
    this.neighbours.low.push(fact);
    return Promise.resolve();
  }
}

const quiet = { destination: { write: () => undefined } };
const timeoutMs = 10_000;

describe('the billing service', () => {
  const neighbours = new Neighbours();
  let nats: NatsServer;
  let ledger: Ledger;
  let others: Running;
  let billing: Running;
  let config: BillingConfig;
  let rpc: RpcClient;
  let publisher: Publisher;
  let tasks = 0;
  const newTask = () => taskIdOf(1, (tasks += 1));
  const params = (seconds: number) => ({ resolution: '720p', durationMs: seconds * 1000, audio: false });
  const order = (data: JobData<typeof resolveHoldJob>, id = `order-${(tasks += 1)}`) =>
    publisher.publishJob(resolveHoldJob, mainLane, { id, data });

  const startBilling = () => {
    @Module({ imports: [BillingModule.register(config)] })
    class Billing {}
    return start(Billing, {
      name: 'billing',
      healthPort: 0,
      ownsProcess: false,
      logger: quiet,
      microservices: () => transports(config),
    });
  };

  beforeAll(async () => {
    Logger.overrideLogger(false);
    [nats, ledger] = await Promise.all([startNats(), openLedger()]);
    config = {
      database: { url: ledger.url, poolSize: 6 },
      natsUrl: nats.url,
      lowWater: 100n,
      refundLifetime: '7 days',
      batchSize: 512,
    };
    const { url } = nats;
    @Module({
      imports: [MessagingModule.register({ app: 'orchestrator', url })],
      controllers: [Orchestrator],
      providers: [{ provide: Neighbours, useValue: neighbours }],
    })
    class Others {}
    const options = { app: 'orchestrator', url };
    others = await start(Others, {
      name: 'others',
      healthPort: 0,
      ownsProcess: false,
      logger: quiet,
      microservices: () => [natsTransport(options), jetStreamTransport(options)],
    });
    rpc = others.app.get(RpcClient);
    publisher = others.app.get(Publisher);
    billing = await startBilling();
    await rpc.call(applyPrices, { prices: [{ priceList: 'default', model, price: oneASecond }] }, { timeoutMs });
  });
  afterAll(async () => {
    await billing.close();
    await others.close();
    await ledger.close();
    await nats.stop();
  });

  const fund = (accountId: string, amount: number) =>
    rpc.call(grantCredits, { key: `fund-${(tasks += 1)}`, accountId, amount: String(amount) }, { timeoutMs });
  const hold = async (accountId: string, taskId: string, seconds: number, maxCredits?: string) => {
    const holds = [
      { taskId, accountId, model, params: params(seconds), ...(maxCredits !== undefined && { maxCredits }) },
    ];
    return (await rpc.call(placeHold, { holds }, { timeoutMs })).verdicts[0];
  };
  const outcomesOf = (taskId: string) => neighbours.resolved.filter((fact) => fact.taskId === taskId);

  it('holds, settles and tells, over the wire', async () => {
    expect(await fund('wire', 500)).toEqual({ available: '500', reserved: '0' });
    const task = newTask();
    const quote = { credits: '60', mode: 'per_second', rate: '1', units: 1000 };
    expect(await hold('wire', task, 60)).toMatchObject({ verdict: 'placed', taskId: task, quote });
    expect(await rpc.call(getWallet, { accountId: 'wire' }, { timeoutMs })).toEqual({
      balance: '500',
      held: '60',
      available: '440',
    });
    await order({ taskId: task, accountId: 'wire', resolution: { action: 'settle', usage: { durationMs: 45_000 } } });
    const settled = {
      taskId: task,
      accountId: 'wire',
      outcome: 'settled',
      held: '60',
      charged: '45',
      returned: '15',
      reason: null,
    };
    await eventually(() => expect(outcomesOf(task)).toEqual([settled]));
    const { refunded } = await rpc.call(refundCredits, { key: 'goodwill', taskId: task, amount: '5' }, { timeoutMs });
    expect(refunded).toBe('5');
    const { entries } = await rpc.call(listEntries, { accountId: 'wire', limit: 10 }, { timeoutMs });
    expect(entries.map(({ kind, amount }) => `${kind} ${amount}`)).toEqual([
      'refund 5',
      'release 15',
      'settle -45',
      'hold -60',
      'grant 500',
    ]);
  });

  it('answers many holds at once, each by itself', async () => {
    await fund('many', 10);
    const wanted = [5, 6, 4, 1].map((seconds) => ({
      taskId: newTask(),
      accountId: 'many',
      model,
      params: params(seconds),
    }));
    const [first] = wanted;
    const holds = [
      ...wanted,
      { ...wanted[0]!, model: 'unknown', taskId: newTask() },
      { ...first!, accountId: 'nobody', taskId: newTask() },
    ];
    const { verdicts } = await rpc.call(placeHold, { holds }, { timeoutMs });
    expect(verdicts).toMatchObject([
      { verdict: 'placed', taskId: holds[0]?.taskId },
      { verdict: 'insufficient', required: '6', available: '5' },
      { verdict: 'placed' },
      { verdict: 'placed' },
      { verdict: 'no_price' },
      { verdict: 'insufficient', required: '5', available: '0' },
    ]);
    expect(await hold('many', newTask(), 5, '4')).toMatchObject({ verdict: 'over_max', required: '5' });
  });

  it('answers what a hold would cost, by the list that the account has', async () => {
    const dear = { mode: 'per_call', credits: 77 } as const;
    await rpc.call(applyPrices, { prices: [{ priceList: 'vip', model, price: dear }] }, { timeoutMs });
    await rpc.call(setPriceList, { accountId: 'vip', priceList: 'vip' }, { timeoutMs });
    const quoted = async (accountId: string | null) =>
      (await rpc.call(quotePrice, { accountId, model, params: params(5) }, { timeoutMs })).quote.credits;
    expect([await quoted('vip'), await quoted('wire'), await quoted(null)]).toEqual(['77', '5', '5']);
    const { prices } = await rpc.call(listPrices, { accountId: 'vip' }, { timeoutMs });
    expect(prices).toEqual([{ model, price: dear }]);
    const unknown = rpc.call(quotePrice, { accountId: null, model: 'unknown', params: params(5) }, { timeoutMs });
    await expect(unknown).rejects.toMatchObject({ code: 'no_price' });
  });

  it('tells again when a resolution is ordered again, and puts aside what it cannot resolve', async () => {
    await fund('again', 100);
    const task = newTask();
    await hold('again', task, 10);
    const released = {
      taskId: task,
      accountId: 'again',
      resolution: { action: 'release', reason: 'provider_error' },
    } as const;
    await order(released);
    await eventually(() => expect(outcomesOf(task)).toHaveLength(1));
    // The stream drops the copy of an event that it still has; one that lost it gets it again.
    await nats.wipe();
    await eventually(
      async () => {
        await order(released);
        expect(outcomesOf(task).length).toBeGreaterThan(1);
      },
      { timeoutMs: 30_000, intervalMs: 500 },
    );
    expect(new Set(outcomesOf(task).map((fact) => JSON.stringify(fact))).size).toBe(1);
    expect(outcomesOf(task)[0]).toMatchObject({
      outcome: 'released',
      charged: '0',
      returned: '10',
      reason: 'provider_error',
    });
    await order({ taskId: newTask(), accountId: 'again', resolution: { action: 'settle', usage: {} } });
    await order({ ...released, taskId: newTask() });
    await eventually(() => expect(neighbours.resolved.filter((fact) => fact.held === '0')).toHaveLength(1));
  });

  it('tells when credits run low', async () => {
    await fund('low', 150);
    await hold('low', newTask(), 60);
    const low = { accountId: 'low', available: '90', lowWater: '100' };
    await eventually(() => expect(neighbours.low.filter((fact) => fact.accountId === 'low')).toEqual([low]));
  });

  it('releases an overdue hold only when the orchestrator says that there is no live task', async () => {
    await fund('swept', 100);
    const [alive, failed, gone, done] = [newTask(), newTask(), newTask(), newTask()];
    for (const task of [alive, failed, gone, done]) await hold('swept', task, 10);
    neighbours.states.set(alive, 'alive').set(failed, 'failed').set(done, 'completed');
    const overdue = () =>
      sql(
        ledger.admin,
        `UPDATE hold SET hold_until = now() - interval '1 second' WHERE status = 'open' AND id = ANY ($1)`,
        [[alive, failed, gone, done]],
      );
    const sweeper = billing.app.get(HoldSweeper);

    neighbours.answers = false;
    await overdue();
    await expect(sweeper.sweep()).rejects.toMatchObject({ code: 'unavailable' });
    const statuses = () =>
      sql<{ id: string; status: string }>(
        ledger.source,
        `SELECT id, status FROM hold WHERE wallet_id = (SELECT id FROM wallet WHERE account_id = 'swept') ORDER BY id`,
      );
    expect((await statuses()).map(({ status }) => status)).toEqual(['open', 'open', 'open', 'open']);

    neighbours.answers = true;
    await sweeper.sweep();
    expect((await statuses()).map(({ status }) => status)).toEqual(['open', 'released', 'released', 'open']);
    const [kept] = await sql<{ minutes: number }>(
      ledger.source,
      `SELECT round(extract(epoch FROM hold_until - now()) / 60)::int AS minutes FROM hold WHERE id = $1`,
      [alive],
    );
    expect(kept?.minutes).toBe(65); // its deadline and five minutes
    await eventually(() => expect(outcomesOf(gone)).toMatchObject([{ outcome: 'released', reason: 'no live task' }]));
    await sweeper.sweep();
    expect(outcomesOf(gone)).toHaveLength(1);
  });

  it('ends lots that nobody touches', async () => {
    const expiresAt = new Date(Date.now() + 86_400_000).toISOString();
    await rpc.call(grantCredits, { key: 'short', accountId: 'idle', amount: '500', expiresAt }, { timeoutMs });
    await ledger.setClock('2 days');
    await billing.app.get(LotSweeper).expire();
    await billing.app.get(LotSweeper).closeSpent();
    await ledger.setClock('0');
    const { entries } = await rpc.call(listEntries, { accountId: 'idle', limit: 10 }, { timeoutMs });
    expect(entries.map(({ kind }) => kind)).toEqual(['expire', 'grant']);
    await eventually(() => expect(neighbours.low.filter((fact) => fact.accountId === 'idle')).toHaveLength(1));
  });

  it('finishes what it has in hand when it is told to stop, and another one goes on', async () => {
    await fund('moving', 1_000);
    const second = await startBilling();
    const wanted = Array.from({ length: 40 }, () => newTask());
    const holding = wanted.map((task) => hold('moving', task, 1));
    await billing.close();
    expect((await Promise.all(holding)).map((verdict) => verdict?.verdict)).toEqual(wanted.map(() => 'placed'));
    billing = second;
    const ready = await fetch(`http://127.0.0.1:${billing.healthPort}/health/ready`);
    expect(ready.status).toBe(200);
    const metrics = await (await fetch(`http://127.0.0.1:${billing.healthPort}/metrics`)).text();
    expect(metrics).toMatch(/videoapi_holds_total\{verdict="placed"\} \d+/);
    expect(await checkInvariants(ledger.source)).toEqual([]);
  });
});
