import { Injectable } from '@nestjs/common';
import { beginSubmit, type RpcRequest, type RpcResponse } from '@videoapi/contracts';
import { RpcClient } from '@videoapi/messaging';

type Request = RpcRequest<typeof beginSubmit>['attempts'][number];
export type Permit = RpcResponse<typeof beginSubmit>['permits'][number];

interface Waiting {
  readonly request: Request;
  readonly resolve: (permit: Permit) => void;
  readonly reject: (error: unknown) => void;
}

/** How long a permit may take to arrive; the call that it permits begins at once. Milliseconds. */
export const permitTimeoutMs = 5_000;
const mostPerCall = 256;
const callsAtOnce = 4;

/** Asks the orchestrator before a provider is called. What is asked while questions are under way shares the next one. */
@Injectable()
export class Permits {
  private readonly waiting: Waiting[] = [];
  private calls = 0;
  private isStarting = false;

  constructor(private readonly rpc: RpcClient) {}

  /** @throws AppError `unavailable`: it may have been given all the same, and whoever asks next must look up. */
  ask(attemptId: string, absentEpoch?: number): Promise<Permit> {
    const request = { attemptId, ...(absentEpoch !== undefined && { absentEpoch }) };
    return new Promise((resolve, reject) => {
      this.waiting.push({ request, resolve, reject });
      this.wake();
    });
  }

  private wake(): void {
    if (this.isStarting || this.calls >= callsAtOnce || this.waiting.length === 0) return;
    this.isStarting = true;
    // After the messages that arrived in the same moment: they share one question.
    setImmediate(() => {
      this.isStarting = false;
      void this.call(this.waiting.splice(0, mostPerCall));
    });
  }

  private async call(batch: readonly Waiting[]): Promise<void> {
    this.calls += 1;
    this.wake();
    try {
      const attempts = batch.map(({ request }) => request);
      const { permits } = await this.rpc.call(beginSubmit, { attempts }, { timeoutMs: permitTimeoutMs });
      const byId = new Map(permits.map((permit) => [permit.attemptId, permit]));
      for (const { request, resolve } of batch) {
        resolve(byId.get(request.attemptId) ?? { attemptId: request.attemptId, permit: 'stop', epoch: 0 });
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      this.calls -= 1;
      this.wake();
    }
  }
}
