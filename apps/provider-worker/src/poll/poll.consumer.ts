import { Controller } from '@nestjs/common';
import { type ChannelTarget, pollJob, type PollOrder } from '@videoapi/contracts';
import { HandleJob } from '@videoapi/messaging';
import { type Adapter, type AdapterObservation, ProviderRuntime } from '@videoapi/provider-kit';
import { adapterOf } from '../channel/adapter-of.js';
import { Gates } from '../channel/gates.js';
import { InHand } from '../channel/in-hand.js';
import { Observer } from './observer.js';

/** Fewer are asked one by one: calls for several are often limited more strictly. */
const smallestBatch = 4;

type Poll = PollOrder['polls'][number];

@Controller()
export class PollConsumer {
  private readonly inHand = new InHand();

  constructor(
    private readonly gates: Gates,
    private readonly runtime: ProviderRuntime,
    private readonly observer: Observer,
  ) {}

  /** Every attempt by itself: one that cannot be told of keeps no other from being told of. */
  @HandleJob(pollJob, { concurrency: 64 })
  async poll({ channel, polls }: PollOrder): Promise<void> {
    const adapter = adapterOf(channel);
    const seen = await this.together(adapter, channel, polls);
    const told = await Promise.allSettled(
      polls.map((poll, index) =>
        this.inHand.once(poll.attemptId, async () => {
          const observation = seen[index] ?? (await this.alone(adapter, channel, poll));
          await this.observer.tell(channel, poll, observation);
        }),
      ),
    );
    const failed = told.find((outcome) => outcome.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  private async together(
    adapter: Adapter,
    channel: ChannelTarget,
    polls: readonly Poll[],
  ): Promise<readonly (AdapterObservation | undefined)[]> {
    if (adapter.pollMany === undefined || polls.length < smallestBatch) return [];
    const handles = polls.map(({ handle }) => handle);
    return this.gates.run('poll', channel, () => this.runtime.pollMany(adapter, channel, handles));
  }

  private alone(adapter: Adapter, channel: ChannelTarget, { handle }: Poll): Promise<AdapterObservation> {
    return this.gates.run('poll', channel, () => this.runtime.poll(adapter, channel, handle));
  }
}
