import { Injectable } from '@nestjs/common';
import { Log, Metrics } from '@videoapi/chassis';
import { AppError } from '@videoapi/contracts';
import { accountHappening } from '../event/event.js';
import { EventIntake } from '../event/event-intake.js';
import { type Leased } from './claim.js';
import { type Disabled } from './finish.store.js';
import { errorOf } from './outcome.js';
import { type Verdict } from './schedule.js';
import { type Attempted } from './sender.js';

/** What operators and customers learn about deliveries beside the deliveries themselves. */
@Injectable()
export class Reports {
  private readonly attempts;
  private readonly seconds;

  constructor(
    private readonly intake: EventIntake,
    private readonly log: Log,
    metrics: Metrics,
  ) {
    this.attempts = metrics.counter({
      name: 'delivery_attempts_total',
      help: 'Attempts to deliver a webhook, by how they ended',
      labelNames: ['outcome', 'state'],
    });
    this.seconds = metrics.histogram({
      name: 'delivery_attempt_seconds',
      help: 'Duration of an attempt to deliver a webhook',
      buckets: [0.01, 0.05, 0.1, 0.5, 1, 3, 10, 20],
    });
  }

  attempted({ id, eventId, endpointId, accountId }: Leased, attempted: Attempted, { state }: Verdict): void {
    const { outcome, durationMs } = attempted;
    this.attempts.inc({ outcome: outcome.kind, state });
    this.seconds.observe(durationMs / 1_000);
    const error = errorOf(outcome);
    const facts = { deliveryId: id, webhookId: eventId, endpointId, accountId, state, error, durationMs };
    if (state === 'exhausted' || state === 'discarded') this.log.warn({ event: 'delivery_given_up', ...facts });
    else this.log.debug({ event: 'delivery_attempted', ...facts });
  }

  /** The account's other endpoints hear of it. */
  async disabled({ endpointId, accountId, url, reason }: Disabled): Promise<void> {
    this.log.warn({ event: 'endpoint_disabled', endpointId, accountId, reason });
    const occurredAt = new Date();
    try {
      await this.intake.submit(
        accountHappening({
          type: 'endpoint.disabled',
          accountId,
          producerKey: `${endpointId}:disabled:${occurredAt.getTime()}`,
          occurredAt,
          data: { endpoint_id: endpointId, url, reason },
        }),
      );
    } catch (error) {
      this.log.error({ event: 'endpoint_disabled_untold', endpointId, accountId, err: error });
    }
  }

  /** A fault of ours. One that passes by itself wakes nobody up. */
  failed(event: string, error: unknown): void {
    if (AppError.from(error).retryable) this.log.warn({ event, err: error });
    else this.log.error({ event, err: error });
  }
}
