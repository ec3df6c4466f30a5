import { Injectable } from '@nestjs/common';
import { Log, Metrics } from '@videoapi/chassis';
import { type ChannelTarget } from '@videoapi/contracts';
import { type AdapterError, type CallReport, type Operation } from '@videoapi/provider-kit';

/** One count and at most one line per call: a call that went well is told by its outcome elsewhere. */
@Injectable()
export class CallObserver {
  private readonly seconds;
  private readonly outcomes;
  private readonly adapterErrors;
  private readonly unreadable;

  constructor(
    private readonly log: Log,
    metrics: Metrics,
  ) {
    this.seconds = metrics.histogram({
      name: 'provider_call_seconds',
      help: 'Calls to providers, from the wait for a connection to the last byte',
      labelNames: ['provider', 'operation', 'outcome'],
      buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    });
    this.outcomes = metrics.counter({
      name: 'provider_outcomes_total',
      help: 'What submits, looks and cancels came to: an outcome, a state, or the code of a failure',
      labelNames: ['provider', 'operation', 'outcome'],
    });
    this.adapterErrors = metrics.counter({
      name: 'adapter_errors_total',
      help: 'Replies that an adapter tripped over; each is a defect',
      labelNames: ['provider'],
    });
    this.unreadable = metrics.counter({
      name: 'provider_unreadable_total',
      help: 'Looks that told nothing, and words of a status that nobody knows',
      labelNames: ['provider', 'why'],
    });
  }

  observe({ provider, channelId, operation, outcome, status, reason, tookMs }: CallReport): void {
    const label = status === undefined ? outcome : `${Math.floor(status / 100)}xx`;
    this.seconds.observe({ provider, operation, outcome: label }, tookMs / 1000);
    const facts = { event: 'provider_call', provider, channelId, operation, outcome, status, reason, tookMs };
    if (outcome !== 'reply') this.log.warn(facts);
    else if (status !== undefined && status >= 400) this.log.info(facts);
    else this.log.debug(facts);
  }

  concluded(operation: Operation, { provider }: ChannelTarget, outcome: string): void {
    this.outcomes.inc({ provider, operation, outcome });
    if (outcome === 'unreadable' || outcome === 'unknown_status') this.unreadable.inc({ provider, why: outcome });
  }

  adapterFailed(operation: Operation, { id, provider }: ChannelTarget, error: AdapterError): void {
    this.adapterErrors.inc({ provider });
    const { reason, cause } = error;
    this.log.error({ event: 'adapter_failed', provider, channelId: id, operation, reason, err: cause });
  }
}
