import { Controller } from '@nestjs/common';
import { submitJob, type SubmitOrder } from '@videoapi/contracts';
import { HandleJob } from '@videoapi/messaging';
import { adapterOf } from '../channel/adapter-of.js';
import { Gates } from '../channel/gates.js';
import { InHand } from '../channel/in-hand.js';
import { Submission } from './submission.js';

@Controller()
export class SubmitConsumer {
  private readonly inHand = new InHand();

  constructor(
    private readonly gates: Gates,
    private readonly submission: Submission,
  ) {}

  @HandleJob(submitJob, { concurrency: 512 })
  async submit(order: SubmitOrder): Promise<void> {
    const adapter = adapterOf(order.channel);
    await this.inHand.once(order.attemptId, () =>
      this.gates.run('submit', order.channel, () => this.submission.carryOut(order, adapter)),
    );
  }
}
