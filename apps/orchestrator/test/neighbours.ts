import { Controller, Module } from '@nestjs/common';
import { type Running, start } from '@videoapi/chassis';
import {
  adoptJob,
  applyPrices,
  attemptAccepted,
  attemptCancelled,
  attemptObserved,
  attemptRefused,
  attemptUnknown,
  beginSubmit,
  cancelJob,
  deleteMedia,
  type EventContract,
  holdResolved,
  type JobData,
  mediaStored,
  mediaStoreFailed,
  type Observation,
  placeHold,
  pollJob,
  resolveAssets,
  resolveHoldJob,
  type RpcRequest,
  type RpcResponse,
  storeResultJob,
  submitJob,
  type SubmitOrder,
  type Task,
} from '@videoapi/contracts';
import {
  HandleJob,
  HandleRpc,
  jetStreamTransport,
  MessagingModule,
  natsTransport,
  Publisher,
  RpcClient,
} from '@videoapi/messaging';
import { type z } from 'zod';

type Verdict = RpcResponse<typeof placeHold>['verdicts'][number];
export type Submitting = {
  readonly order: SubmitOrder;
  readonly permit: 'go' | 'look_up' | 'stop';
  readonly epoch: number;
};
export type SubmitAnswer =
  | { readonly accepted: Record<string, unknown> }
  | { readonly refused: z.input<typeof attemptRefused.data>['failure'] }
  | 'unknown'
  | 'silence';

/** What the services around the orchestrator do, changeable by a test at any moment. */
export class Script {
  readonly holds = new Map<string, { amount: number; status: 'open' | 'settled' | 'released' }>();
  readonly submits: Submitting[] = [];
  readonly stores: JobData<typeof storeResultJob>[] = [];
  readonly resolutions: JobData<typeof resolveHoldJob>[] = [];
  readonly adoptions: JobData<typeof adoptJob>[] = [];
  readonly cancels: JobData<typeof cancelJob>[] = [];
  readonly deletedMedia: string[] = [];
  price = 10;
  verdict: (taskId: string) => Verdict | undefined = () => undefined;
  /** Answers to place_hold that get lost after billing has decided. */
  loseHoldAnswers = 0;
  /** Happens between billing's decision and its answer. */
  beforeHoldAnswer: () => Promise<unknown> = () => Promise.resolve();
  assetsRefused = false;
  /** Awaited before resolve_assets answers. */
  look: () => Promise<void> = () => Promise.resolve();
  submit: (submitting: Submitting) => SubmitAnswer = () => ({ accepted: { upstreamId: 'up-1' } });
  poll: (attemptId: string, look: number) => Observation = () => ({
    state: 'succeeded',
    outputs: [{ kind: 'url', url: 'http://127.0.0.1:1/video.mp4' }],
    usage: {},
  });
  /** What a read-back shows of a render that a callback named. */
  readBack: (upstreamId: string) => 'there' | 'gone' | 'silence' = () => 'there';
  cancel: () => 'cancelled' | 'too_late' = () => 'cancelled';
  store: (attemptId: string) => 'stored' | 'gone' | 'silence' = () => 'stored';
  resolve: (taskId: string) => 'resolve' | 'silence' = () => 'resolve';
  /** How often each fact is reported. */
  copies = 1;
}

@Controller()
class Neighbours {
  constructor(
    private readonly script: Script,
    private readonly publisher: Publisher,
    private readonly rpc: RpcClient,
  ) {}

  @HandleRpc(placeHold)
  async placeHold({ holds }: RpcRequest<typeof placeHold>): Promise<RpcResponse<typeof placeHold>> {
    const { script } = this;
    const verdicts = holds.map(({ taskId, maxCredits }): Verdict => {
      const scripted = script.verdict(taskId);
      if (scripted !== undefined) return scripted;
      if (maxCredits !== undefined && Number(maxCredits) < script.price) {
        return { verdict: 'over_max', taskId, required: String(script.price) };
      }
      if (!script.holds.has(taskId)) script.holds.set(taskId, { amount: script.price, status: 'open' });
      const quote = { credits: String(script.price), priceId: '1', mode: 'per_call' as const, rate: '10', units: 1 };
      return { verdict: 'placed', taskId, quote };
    });
    await script.beforeHoldAnswer();
    if (script.loseHoldAnswers > 0) {
      script.loseHoldAnswers -= 1;
      await new Promise((resolve) => setTimeout(resolve, 4_500).unref());
    }
    return { verdicts };
  }

  @HandleRpc(applyPrices)
  applyPrices(): Promise<{ changed: number }> {
    return Promise.resolve({ changed: 0 });
  }

  @HandleRpc(resolveAssets)
  async resolveAssets({ assets }: RpcRequest<typeof resolveAssets>): Promise<RpcResponse<typeof resolveAssets>> {
    await this.script.look();
    return {
      assets: assets.map(({ source }) =>
        this.script.assetsRefused
          ? { outcome: 'refused', code: 'asset_blocked', message: 'Not a public address.' }
          : { outcome: 'ok', url: source, contentType: 'image/png', size: 1 },
      ),
    };
  }

  @HandleRpc(deleteMedia)
  deleteMedia({ mediaIds }: RpcRequest<typeof deleteMedia>): Promise<{ deleted: number }> {
    this.script.deletedMedia.push(...mediaIds);
    return Promise.resolve({ deleted: mediaIds.length });
  }

  @HandleJob(submitJob, { concurrency: 128 })
  async submit(order: JobData<typeof submitJob>): Promise<void> {
    const { attemptId, taskId } = order;
    const { permits } = await this.rpc.call(beginSubmit, { attempts: [{ attemptId }] }, { timeoutMs: 20_000 });
    const { permit, epoch } = permits[0] ?? { permit: 'stop', epoch: 0 };
    const submitting = { order, permit, epoch } as const;
    this.script.submits.push(submitting);
    if (permit === 'stop') return;
    const answer = this.script.submit(submitting);
    const ref = { attemptId, taskId, epoch };
    if (answer === 'silence') return;
    if (answer === 'unknown')
      return this.tell(attemptUnknown, `${attemptId}:${epoch}:unknown`, { ...ref, reason: 'x' });
    if ('accepted' in answer) {
      return this.tell(attemptAccepted, `${attemptId}:${epoch}:accepted`, { ...ref, handle: answer.accepted });
    }
    return this.tell(attemptRefused, `${attemptId}:${epoch}:refused`, { ...ref, failure: answer.refused });
  }

  @HandleJob(pollJob, { concurrency: 128 })
  async poll({ polls }: JobData<typeof pollJob>): Promise<void> {
    await Promise.all(
      polls.map(async ({ attemptId, taskId, epoch, look, last }) => {
        const observation = this.script.poll(attemptId, look);
        if (JSON.stringify(observation) === JSON.stringify(last)) return;
        await this.tell(attemptObserved, `${attemptId}:${epoch}:obs:${look}`, {
          attemptId,
          taskId,
          epoch,
          look,
          observation,
        });
      }),
    );
  }

  @HandleJob(adoptJob)
  async adopt(order: JobData<typeof adoptJob>): Promise<void> {
    this.script.adoptions.push(order);
    const { attemptId, taskId, epoch, upstreamId } = order;
    if (this.script.readBack(upstreamId) !== 'there') return;
    const data = { attemptId, taskId, epoch, handle: { id: upstreamId }, upstreamId };
    await this.tell(attemptAccepted, `${attemptId}:${epoch}:adopted:${upstreamId}`, data);
  }

  @HandleJob(cancelJob)
  async cancel(order: JobData<typeof cancelJob>): Promise<void> {
    this.script.cancels.push(order);
    const { attemptId, taskId, epoch } = order;
    const outcome = this.script.cancel();
    await this.tell(attemptCancelled, `${attemptId}:${epoch}:cancelled`, { attemptId, taskId, epoch, outcome });
  }

  @HandleJob(storeResultJob, { lane: 'main', concurrency: 128 })
  async store(order: JobData<typeof storeResultJob>): Promise<void> {
    this.script.stores.push(order);
    const { taskId, accountId, attemptId } = order;
    const how = this.script.store(attemptId);
    if (how === 'silence') return;
    if (how === 'gone') {
      const failed = { taskId, accountId, attemptId, code: 'gone' as const, message: 'gone', retryable: false };
      return this.tell(mediaStoreFailed, `${attemptId}:store_failed`, failed);
    }
    await this.tell(mediaStored, `${attemptId}:stored`, {
      taskId,
      accountId,
      attemptId,
      outputs: [outputOf(attemptId)],
    });
  }

  @HandleJob(resolveHoldJob, { lane: 'main', concurrency: 128 })
  async resolve(order: JobData<typeof resolveHoldJob>): Promise<void> {
    this.script.resolutions.push(order);
    const { taskId, accountId, resolution } = order;
    if (this.script.resolve(taskId) === 'silence') return;
    const hold = this.script.holds.get(taskId) ?? { amount: 0, status: 'released' as const };
    if (hold.status === 'open') hold.status = resolution.action === 'settle' ? 'settled' : 'released';
    const isSettled = hold.status === 'settled';
    await this.tell(holdResolved, `${taskId}:hold:${hold.status}`, {
      taskId,
      accountId,
      outcome: isSettled ? 'settled' : 'released',
      held: String(hold.amount),
      charged: isSettled ? String(hold.amount) : '0',
      returned: isSettled ? '0' : String(hold.amount),
      reason: null,
    });
  }

  private async tell<Data extends z.ZodType>(
    event: EventContract<Data>,
    id: string,
    data: z.input<Data>,
  ): Promise<void> {
    for (let copy = 0; copy < this.script.copies; copy += 1) {
      // Another id each time: the stream would drop an exact copy by itself.
      await this.publisher.publishEvent(event, { id: copy === 0 ? id : `${id}:${copy}`, data });
    }
  }
}

export function outputOf(attemptId: string): Task['outputs'][number] {
  return {
    mediaId: `m-${attemptId}`,
    path: `/media/${attemptId}/x.mp4`,
    contentType: 'video/mp4',
    size: 1000,
    width: 426,
    height: 240,
    durationMs: 5_000,
    thumbnailPath: null,
  };
}

export async function startNeighbours(script: Script, url: string): Promise<Running> {
  @Module({
    imports: [MessagingModule.register({ app: 'neighbours', url })],
    controllers: [Neighbours],
    providers: [{ provide: Script, useValue: script }],
  })
  class NeighboursModule {}
  return start(NeighboursModule, {
    name: 'neighbours',
    healthPort: 0,
    healthHost: '127.0.0.1',
    ownsProcess: false,
    logger: { level: 'error' },
    microservices: () => [
      natsTransport({ app: 'neighbours', url }),
      jetStreamTransport({ app: 'neighbours', url, lanes: ['simulator', 'seedance', 'openai-compatible', 'second'] }),
    ],
  });
}
