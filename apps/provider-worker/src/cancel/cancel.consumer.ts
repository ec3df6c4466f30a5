import { Controller } from '@nestjs/common';
import { Log } from '@videoapi/chassis';
import { attemptCancelled, cancelJob, type CancelOrder } from '@videoapi/contracts';
import { HandleJob, type MessageMeta } from '@videoapi/messaging';
import { ProviderRuntime } from '@videoapi/provider-kit';
import { adapterOf } from '../channel/adapter-of.js';
import { Gates } from '../channel/gates.js';
import { Reports } from '../report/reports.js';

@Controller()
export class CancelConsumer {
  constructor(
    private readonly gates: Gates,
    private readonly runtime: ProviderRuntime,
    private readonly reports: Reports,
    private readonly log: Log,
  ) {}

  @HandleJob(cancelJob, { concurrency: 128 })
  async cancel({ attemptId, taskId, epoch, channel, handle }: CancelOrder, { id }: MessageMeta): Promise<void> {
    const adapter = adapterOf(channel);
    const outcome = await this.gates.run('cancel', channel, () => this.runtime.cancel(adapter, channel, handle));
    const data = { attemptId, taskId, epoch, outcome };
    // Cancelling may be asked for again, with another answer: the id is that of the order.
    await this.reports.publish(attemptCancelled, { id: `${id}:cancelled`, data });
    this.log.info({ event: 'attempt_cancel', ...data, channelId: channel.id });
  }
}
