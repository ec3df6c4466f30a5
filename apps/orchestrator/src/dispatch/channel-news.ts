import { Injectable } from '@nestjs/common';
import { Log } from '@videoapi/chassis';
import { ChannelMetrics } from '../observe/channel.metrics.js';
import { type DispatchResult } from './dispatch-channel.js';
import { alarmsIn } from './slot.js';
import { type SlotRepair } from './upkeep.js';

/** What an operator is told of channels: counted, and written down where it is more than a start. */
@Injectable()
export class ChannelNews {
  constructor(
    private readonly metrics: ChannelMetrics,
    private readonly log: Log,
  ) {}

  dispatched(channelId: string, { started, notes, turned, alarm }: DispatchResult): void {
    this.metrics.started(channelId, started);
    for (const met of alarmsIn(notes)) this.metrics.alarm(channelId, met);
    if (alarm?.turn === 'begins')
      this.log.error({ event: 'channel_alarm', channelId, alarm: alarm.alarm }, 'channel taken out');
    if (alarm?.turn === 'is_over') this.log.info({ event: 'channel_alarm_over', channelId, alarm: alarm.alarm });
    if (turned === 'open') this.log.warn({ event: 'breaker_opened', channelId }, 'no submits until a probe goes well');
    if (turned === 'closed') this.log.info({ event: 'breaker_closed', channelId });
  }

  repaired(repair: SlotRepair): void {
    this.metrics.repaired(repair.channel_id);
    this.log.error({ event: 'slot_repaired', ...repair }, 'slots in use were counted wrong');
  }

  /** Of one channel, or of the upkeep of all. */
  failed(error: unknown, channelId?: string): void {
    if (channelId === undefined) {
      this.log.warn({ event: 'dispatcher_upkeep_failed', err: error }, 'trying again at the next turn');
    } else {
      this.log.warn({ event: 'dispatch_failed', channelId, err: error }, 'trying again at the next tick');
    }
  }
}
