import { Injectable } from '@nestjs/common';
import { Metrics } from '@videoapi/chassis';
import { type Answer, type Decision } from './ledger/batch.js';

@Injectable()
export class BillingMetrics {
  private readonly holds;
  private readonly resolutions;
  private readonly estimated;
  private readonly uncollected;
  private readonly platformLoss;
  private readonly batchItems;
  private readonly batchSeconds;
  /** Set by the auditor; anything but 0 pages somebody. */
  readonly violations;
  /** Set by the auditor. */
  readonly openHolds;
  /** Set by the sweeper. */
  readonly overdueHolds;

  constructor(metrics: Metrics) {
    this.holds = metrics.counter({
      name: 'holds_total',
      help: 'Answered requests to hold credits',
      labelNames: ['verdict'],
    });
    this.resolutions = metrics.counter({
      name: 'hold_resolutions_total',
      help: 'Answered requests to settle or release a hold, by what they did',
      labelNames: ['step'],
    });
    this.estimated = metrics.counter({
      name: 'settlements_estimated_total',
      help: 'Holds settled at their quote, for want of the measured usage',
    });
    this.uncollected = metrics.counter({
      name: 'uncollected_total',
      help: 'Credits that late successes would have cost',
    });
    this.platformLoss = metrics.counter({
      name: 'platform_loss_total',
      help: 'Credits of usage beyond the quote, not charged',
    });
    this.batchItems = metrics.histogram({
      name: 'ledger_batch_items',
      help: 'Requests per transaction',
      buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512],
    });
    this.batchSeconds = metrics.histogram({
      name: 'ledger_batch_seconds',
      help: 'Time of a transaction, from BEGIN to the answer to COMMIT',
      buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1],
    });
    this.violations = metrics.gauge({ name: 'ledger_imbalance', help: 'Broken invariants found by the last audit' });
    this.openHolds = metrics.gauge({ name: 'holds_open', help: 'Holds that are neither settled nor released' });
    this.overdueHolds = metrics.gauge({
      name: 'holds_overdue',
      help: 'Open holds past their date that nobody could say anything about',
    });
  }

  committed({ answers, records }: Decision, seconds: number): void {
    this.batchItems.observe(answers.length);
    this.batchSeconds.observe(seconds);
    answers.forEach((answer) => this.answered(answer));
    for (const { op, amount } of records) {
      (op === 'uncollected' ? this.uncollected : this.platformLoss).inc(Number(amount));
    }
  }

  private answered(answer: Answer): void {
    if ('verdict' in answer) this.holds.inc({ verdict: answer.verdict });
    else this.resolutions.inc({ step: 'refused' in answer ? 'refuse' : answer.step });
    if ('estimated' in answer) this.estimated.inc();
  }
}
