import {
  collectDefaultMetrics,
  Counter,
  type CounterConfiguration,
  Gauge,
  type GaugeConfiguration,
  Histogram,
  type HistogramConfiguration,
  Registry,
} from 'prom-client';

const prefix = 'videoapi_';

/** The process's metrics. Names get the prefix `videoapi_`; labels never hold an account, a task or a URL. */
export class Metrics {
  readonly registry = new Registry();

  constructor() {
    // A coarser sampling of the event loop than the default 10 ms: an idle service should be idle.
    collectDefaultMetrics({ register: this.registry, eventLoopMonitoringPrecision: 50 });
  }

  counter<Label extends string>(options: CounterConfiguration<Label>): Counter<Label> {
    return new Counter({ ...options, name: prefix + options.name, registers: [this.registry] });
  }

  /** With `collect`, the value is read when somebody scrapes. */
  gauge<Label extends string>(options: GaugeConfiguration<Label>): Gauge<Label> {
    return new Gauge({ ...options, name: prefix + options.name, registers: [this.registry] });
  }

  histogram<Label extends string>(options: HistogramConfiguration<Label>): Histogram<Label> {
    return new Histogram({ ...options, name: prefix + options.name, registers: [this.registry] });
  }
}
