import { Controller } from '@nestjs/common';
import { Log } from '@videoapi/chassis';
import { adoptJob, type AdoptOrder, attemptAccepted } from '@videoapi/contracts';
import { HandleJob } from '@videoapi/messaging';
import { ProviderRuntime } from '@videoapi/provider-kit';
import { adapterOf } from '../channel/adapter-of.js';
import { Gates } from '../channel/gates.js';
import { InHand } from '../channel/in-hand.js';
import { Reports } from '../report/reports.js';

/**
 * A callback has named a render while the answer to the submit is missing. What it says proves nothing: the render is this
 * attempt's once the provider shows it to the channel's own key, and is polled like any other from then on.
 */
@Controller()
export class AdoptConsumer {
  private readonly inHand = new InHand();

  constructor(
    private readonly gates: Gates,
    private readonly runtime: ProviderRuntime,
    private readonly reports: Reports,
    private readonly log: Log,
  ) {}

  @HandleJob(adoptJob, { concurrency: 64 })
  async adopt(order: AdoptOrder): Promise<void> {
    await this.inHand.once(`${order.attemptId} ${order.upstreamId}`, () => this.readBack(order));
  }

  /** A render that is not there, or cannot be read, leaves all as it was: the attempt's timer asks again until its deadline. */
  private async readBack({ attemptId, taskId, epoch, channel, upstreamModel, upstreamId }: AdoptOrder): Promise<void> {
    const adapter = adapterOf(channel);
    const handle = adapter.adopt?.(upstreamId, upstreamModel);
    if (handle === undefined) return;
    const seen = await this.gates.run('poll', channel, () => this.runtime.poll(adapter, channel, handle));
    const facts = { attemptId, taskId, epoch, channelId: channel.id, upstreamId, state: seen.state };
    if (seen.state === 'gone' || seen.state === 'unreadable') {
      return this.log.warn({
        event: 'attempt_not_adopted',
        ...facts,
        ...('reason' in seen && { reason: seen.reason }),
      });
    }
    const id = `${attemptId}:${epoch}:adopted:${upstreamId}`;
    await this.reports.publish(attemptAccepted, { id, data: { attemptId, taskId, epoch, handle, upstreamId } });
    this.log.info({ event: 'attempt_adopted', ...facts });
  }
}
