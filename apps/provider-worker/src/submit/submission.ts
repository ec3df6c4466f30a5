import { Log } from '@videoapi/chassis';
import {
  attemptAccepted,
  attemptRefused,
  attemptUnknown,
  type Failure,
  type Handle,
  type ResolvedRequest,
  type SubmitOrder,
} from '@videoapi/contracts';
import { type Adapter, type ProviderRuntime, type SubmitInput, type SubmitOutcome } from '@videoapi/provider-kit';
import { type Reports } from '../report/reports.js';
import { type Assets, type Linked } from './assets.js';
import { type Permit, type Permits, permitTimeoutMs } from './permits.js';

export interface SubmissionParts {
  readonly permits: Permits;
  readonly assets: Assets;
  readonly runtime: ProviderRuntime;
  readonly reports: Reports;
  readonly log: Log;
  readonly submitTimeoutMs: number;
}

/** Beyond the time that a call may take: for clocks and for the way of the permit. Milliseconds. */
const marginMs = 5_000;

/**
 * One order to submit. A provider is called once per permit; whoever finds that the call has begun asks the provider what
 * became of it, and without an answer says so: never two renders silently.
 */
export class Submission {
  constructor(private readonly parts: SubmissionParts) {}

  /** Resolves once the outcome is stored. @throws AppError when our own services cannot be reached. */
  async carryOut(order: SubmitOrder, adapter: Adapter): Promise<void> {
    const { permits, assets } = this.parts;
    // Before the permit: once it is given, a restart here would leave an attempt that looks as if it had been called.
    const linked = await assets.resolve(order.accountId, order.request);
    const permit = await permits.ask(order.attemptId);
    if (permit.permit === 'stop') return;
    if ('failure' in linked) {
      if (permit.permit === 'go') await this.refused(order, permit, linked.failure);
      return;
    }
    if (permit.permit === 'go') await this.call(order, adapter, linked, permit);
    else await this.lookUp(order, adapter, linked, permit);
  }

  private async call(order: SubmitOrder, adapter: Adapter, linked: Linked, permit: Permit): Promise<void> {
    if (Date.parse(order.deadlineAt) <= Date.now()) {
      return this.refused(order, permit, { code: 'provider_unavailable', message: 'No worker took the task in time.' });
    }
    const outcome = await this.parts.runtime.submit(
      adapter,
      order.channel,
      inputOf(order, linked.request),
      linked.ownLinks,
    );
    await this.report(order, permit, outcome);
  }

  private async lookUp(order: SubmitOrder, adapter: Adapter, linked: Linked, permit: Permit): Promise<void> {
    const callAgeMs = permit.callAgeMs ?? 0;
    const input = { ...inputOf(order, linked.request), callAgeMs };
    const seen = await this.parts.runtime.lookUp(adapter, order.channel, input);
    if (seen.outcome === 'found') return this.accepted(order, permit, seen.handle);
    const overMs = this.parts.submitTimeoutMs + permitTimeoutMs + marginMs;
    // The call may be under way in another process. Its timer sends this order again.
    if (callAgeMs < overMs) return this.tooEarly(order, permit);
    if (seen.outcome === 'cannot_tell') return this.unknown(order, permit, seen.reason);
    if (callAgeMs < overMs + seen.settleMs) return this.tooEarly(order, permit);
    const next = await this.parts.permits.ask(order.attemptId, permit.epoch);
    if (next.permit === 'go') await this.call(order, adapter, linked, next);
  }

  private async report(order: SubmitOrder, permit: Permit, outcome: SubmitOutcome): Promise<void> {
    switch (outcome.outcome) {
      case 'accepted':
        return this.accepted(order, permit, outcome.handle);
      case 'refused':
        return this.refused(order, permit, outcome.failure);
      case 'unknown':
        return this.unknown(order, permit, outcome.reason);
    }
  }

  private async accepted(order: SubmitOrder, permit: Permit, handle: Handle): Promise<void> {
    const ref = refOf(order, permit);
    await this.parts.reports.insist(attemptAccepted, { id: `${idOf(ref)}:accepted`, data: { ...ref, handle } });
    this.parts.log.info({ event: 'attempt_accepted', ...ref, channelId: order.channel.id });
  }

  private async refused(order: SubmitOrder, permit: Permit, failure: Failure): Promise<void> {
    const ref = refOf(order, permit);
    await this.parts.reports.insist(attemptRefused, { id: `${idOf(ref)}:refused`, data: { ...ref, failure } });
    this.parts.log.info({ event: 'attempt_refused', ...ref, channelId: order.channel.id, ...failure });
  }

  private async unknown(order: SubmitOrder, permit: Permit, reason: string): Promise<void> {
    const ref = refOf(order, permit);
    const data = { ...ref, reason: reason.slice(0, 500) };
    await this.parts.reports.insist(attemptUnknown, { id: `${idOf(ref)}:unknown`, data });
    this.parts.log.warn({ event: 'attempt_unknown', ...data, channelId: order.channel.id });
  }

  private tooEarly(order: SubmitOrder, permit: Permit): void {
    const facts = { ...refOf(order, permit), channelId: order.channel.id, callAgeMs: permit.callAgeMs };
    this.parts.log.info({ event: 'look_up_too_early', ...facts });
  }
}

interface Ref {
  readonly attemptId: string;
  readonly taskId: string;
  readonly epoch: number;
}

function refOf({ attemptId, taskId }: SubmitOrder, { epoch }: Permit): Ref {
  return { attemptId, taskId, epoch };
}

function idOf({ attemptId, epoch }: Ref): string {
  return `${attemptId}:${epoch}`;
}

function inputOf(order: SubmitOrder, request: ResolvedRequest): SubmitInput {
  const { attemptId, upstreamModel, callbackUrl } = order;
  return { reference: attemptId, upstreamModel, request, callbackUrl };
}
