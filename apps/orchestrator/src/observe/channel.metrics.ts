import { Injectable } from '@nestjs/common';
import { Metrics } from '@videoapi/chassis';
import { sql } from '@videoapi/database';
import { DataSource } from 'typeorm';
import { CatalogSnapshots } from '../catalog/catalog-snapshots.js';
import { type Breaker } from '../dispatch/breaker.js';
import { type ChannelAlarm } from '../dispatch/slot.js';

const labelNames = ['provider', 'channel'] as const;
/** A number, so that "for ten minutes not closed" is one expression whatever it was in between. */
const breakerValues = { closed: 0, half_open: 1, open: 2 } as const satisfies Record<Breaker['state'], number>;

/** What a channel is doing. The gauges are read from the tables that all replicas share: each tells the same. */
@Injectable()
export class ChannelMetrics {
  private readonly dispatched;
  private readonly alarms;
  private readonly repairs;

  constructor(
    metrics: Metrics,
    source: DataSource,
    private readonly snapshots: CatalogSnapshots,
  ) {
    this.dispatched = metrics.counter({ name: 'dispatch_total', help: 'Attempts started', labelNames });
    this.alarms = metrics.counter({
      name: 'channel_alarms_total',
      help: 'A channel was taken out: it has no balance, or its credentials are refused',
      labelNames: [...labelNames, 'alarm'],
    });
    this.repairs = metrics.counter({
      name: 'slot_repairs_total',
      help: 'Slots in use that had been counted wrong; any is a bug',
      labelNames,
    });
    const slots = shared(() => readSlots(source));
    const labels = (channel: string) => this.labels(channel);
    const gauge = (name: string, help: string, value: (row: SlotRow) => number) =>
      metrics.gauge({
        name,
        help,
        labelNames,
        async collect() {
          const rows = await slots();
          this.reset();
          for (const row of rows) this.set(labels(row.channel_id), value(row));
        },
      });
    gauge('slots_used', 'Slots taken by attempts', (row) => row.in_use);
    gauge('slots_limit', 'Simultaneous generations that the channel may have', (row) => row.slot_limit);
    gauge('breaker_state', 'Of submits: 0 closed, 1 half open, 2 open', (row) => breakerValues[row.breaker]);
    gauge('flows_active', 'Accounts that wait on the channel', (row) => row.flows);
    metrics.gauge({
      name: 'queue_oldest_seconds',
      help: 'Longest wait of a task that the channel could serve',
      labelNames,
      async collect() {
        const waits = longestWaits(await readWaits(source), snapshots);
        this.reset();
        for (const [channel, seconds] of waits) this.set(labels(channel), seconds);
      },
    });
  }

  started(channel: string, count: number): void {
    if (count > 0) this.dispatched.inc(this.labels(channel), count);
  }

  alarm(channel: string, alarm: ChannelAlarm): void {
    this.alarms.inc({ ...this.labels(channel), alarm });
  }

  repaired(channel: string): void {
    this.repairs.inc(this.labels(channel));
  }

  private labels(channel: string): { readonly provider: string; readonly channel: string } {
    return { provider: this.snapshots.latest?.channel(channel)?.provider ?? 'none', channel };
  }
}

interface SlotRow {
  readonly channel_id: string;
  readonly slot_limit: number;
  readonly in_use: number;
  readonly breaker: Breaker['state'];
  readonly flows: number;
}

function readSlots(source: DataSource): Promise<SlotRow[]> {
  return sql(
    source,
    `SELECT s.channel_id, s.slot_limit, s.in_use, s.breaker, count(f.account_id)::int AS flows
     FROM provider_slot s LEFT JOIN flow f ON f.channel_id = s.channel_id AND f.active
     GROUP BY s.channel_id`,
  );
}

interface WaitRow {
  readonly model: string;
  readonly mode: 'live' | 'test';
  readonly seconds: number;
}

function readWaits(source: DataSource): Promise<WaitRow[]> {
  return sql(
    source,
    `SELECT model, mode, extract(epoch FROM now() - min(queued_at))::float8 AS seconds
     FROM task WHERE is_queued GROUP BY model, mode`,
  );
}

/** Of every channel in force: 0 where nothing waits, so that an alert sees it end. */
function longestWaits(rows: readonly WaitRow[], { latest }: CatalogSnapshots): ReadonlyMap<string, number> {
  const waits = new Map((latest?.channelIds ?? []).map((id) => [id, 0]));
  for (const { model, mode, seconds } of rows) {
    for (const { channelId } of latest?.routesOf(model, mode) ?? []) {
      waits.set(channelId, Math.max(waits.get(channelId) ?? 0, seconds));
    }
  }
  return waits;
}

/** One reading for all who ask while it is under way: the gauges of one scrape. */
function shared<Value>(read: () => Promise<Value>): () => Promise<Value> {
  let reading: Promise<Value> | undefined;
  return () => (reading ??= read().finally(() => (reading = undefined)));
}
