import { randomUUID } from 'node:crypto';
import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { AppError } from '@videoapi/contracts';
import { Batcher } from '@videoapi/database';
import { DataSource } from 'typeorm';
import { type Caller } from '../api-key/caller.js';
import { type Claim, type ClaimOutcome, decide, keySeconds, leaseSeconds, type Repeat, retrySeconds } from './claim.js';
import { claimKeys, type Finish, finishKeys, sweepKeys } from './idempotency.store.js';

const sweepEveryMs = 60_000;
const sweepAtOnce = 5_000;
const log = new Logger('idempotency');

export interface Answer {
  readonly body: string;
  readonly isReplay: boolean;
}

/**
 * Runs a create call so that a repeat of it means the same task. The task id is made before the first try and kept in the
 * row; creating a task under an id that exists returns that task, so even a repeat after a crash makes no second one.
 */
@Injectable()
export class Idempotency implements OnModuleInit, OnModuleDestroy {
  private readonly claims: Batcher<Claim, ClaimOutcome>;
  private readonly finishes: Batcher<Finish, undefined>;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly source: DataSource) {
    const size = { maxItems: 100, workers: 2, maxQueued: 5_000, deadlineMs: 5_000 };
    this.claims = new Batcher({ name: 'idempotency claims', ...size, flush: (claims) => this.claimAll(claims) });
    this.finishes = new Batcher({ name: 'idempotency answers', ...size, flush: (all) => this.finishAll(all) });
  }

  onModuleInit(): void {
    this.timer = setInterval(() => void this.sweep(), sweepEveryMs);
    this.timer.unref();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    await this.claims.close();
    await this.finishes.close();
  }

  /**
   * `create` gets the task id to use and returns the body of a success. Refusals are not stored: nothing was made, so the
   * same key may be sent again after topping up. Throws `idempotency_key_reused`, `idempotency_in_progress`, or what
   * `create` threw.
   */
  async run(
    caller: Caller,
    repeat: Repeat,
    request: { readonly hash: Buffer; readonly taskId: string },
    create: (taskId: string) => Promise<string>,
  ): Promise<Answer> {
    if (repeat.kind === 'none') return { body: await create(request.taskId), isReplay: false };
    const claim = claimOf(caller, repeat, request);
    const decision = await this.claims.submit(claim);
    switch (decision.outcome) {
      case 'reused':
        throw new AppError('idempotency_key_reused', 'This Idempotency-Key was used for another request.');
      case 'in_progress':
        throw new AppError('idempotency_in_progress', 'The first request with this Idempotency-Key is still running.', {
          retryAfterMs: 1_000,
        });
      case 'replay':
        return { body: decision.response, isReplay: true };
      case 'go':
        return this.go(claim, decision.taskId, repeat, create);
    }
  }

  private async go(
    claim: Claim,
    taskId: string,
    repeat: Repeat,
    create: (taskId: string) => Promise<string>,
  ): Promise<Answer> {
    try {
      const body = await create(taskId);
      if (repeat.kind === 'key') await this.finish(claim, 'done', body);
      return { body, isReplay: taskId !== claim.taskId };
    } catch (error) {
      // Of a 5xx nobody knows what it left behind: the next try must mean the same task.
      await this.finish(claim, AppError.from(error).status < 500 ? 'refused' : 'unknown', null);
      throw error;
    }
  }

  /** The task is there, or is not: failing to note it down must not change the answer. */
  private async finish({ accountId, key, owner }: Claim, how: Finish['how'], response: string | null): Promise<void> {
    try {
      await this.finishes.submit({ accountId, key, owner, how, response });
    } catch (err) {
      log.warn({ event: 'idempotency_not_finished', accountId, how, err });
    }
  }

  /** Of two claims of one name in a batch the first wins, as it would have done in two. */
  private async claimAll(claims: readonly Claim[]): Promise<ClaimOutcome[]> {
    const first = new Map<string, Claim>();
    for (const claim of claims) if (!first.has(nameOf(claim))) first.set(nameOf(claim), claim);
    const rows = await claimKeys(this.source, [...first.values()]);
    const found = new Map(rows.map((row) => [nameOf({ accountId: row.account_id, key: row.key }), row]));
    return claims.map((claim) => {
      const row = found.get(nameOf(claim));
      if (row === undefined) throw new AppError('internal_error', 'A claim came back without its row.');
      return decide(row, claim);
    });
  }

  private async finishAll(finishes: readonly Finish[]): Promise<undefined[]> {
    await finishKeys(this.source, finishes);
    return finishes.map(() => undefined);
  }

  private async sweep(): Promise<void> {
    try {
      while ((await sweepKeys(this.source, sweepAtOnce)) === sweepAtOnce);
    } catch (err) {
      log.warn({ event: 'idempotency_sweep_failed', err });
    }
  }
}

function claimOf(
  caller: Caller,
  repeat: Exclude<Repeat, { kind: 'none' }>,
  { hash, taskId }: { readonly hash: Buffer; readonly taskId: string },
): Claim {
  const common = { accountId: caller.accountId, requestHash: hash, taskId, owner: randomUUID() };
  if (repeat.kind === 'key') {
    return { ...common, key: `key:${repeat.key}`, leaseSeconds, keepSeconds: keySeconds, isFresh: false };
  }
  const key = `sdk:${caller.keyId}:${hash.toString('base64url')}`;
  // No lease: a retry may run beside the first try, since both of them name one task.
  return { ...common, key, leaseSeconds: 0, keepSeconds: retrySeconds, isFresh: repeat.retry === 0 };
}

function nameOf({ accountId, key }: { readonly accountId: string; readonly key: string }): string {
  return `${accountId} ${key}`;
}
