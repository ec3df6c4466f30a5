import { Injectable } from '@nestjs/common';
import { Metrics } from '@videoapi/chassis';
import { type FailureCode } from './failure.js';

@Injectable()
export class ResultMetrics {
  readonly #seconds;
  readonly #bytes;

  constructor(metrics: Metrics) {
    this.#seconds = metrics.histogram({
      name: 'result_store_seconds',
      help: 'Time from taking an order until its event is committed',
      labelNames: ['outcome'],
      buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
    });
    this.#bytes = metrics.counter({ name: 'result_bytes_total', help: 'Bytes of results stored' });
  }

  observe(outcome: 'stored' | 'repeated' | FailureCode, ms: number, bytes = 0): void {
    this.#seconds.observe({ outcome }, ms / 1_000);
    this.#bytes.inc(bytes);
  }
}
