import { Controller } from '@nestjs/common';
import { type JobData, mainLane, resolveHoldJob } from '@videoapi/contracts';
import { HandleJob } from '@videoapi/messaging';
import { BillingService } from './billing.service.js';

@Controller()
export class BillingConsumers {
  constructor(private readonly billing: BillingService) {}

  /** As many at once as make a good batch. Acked after the commit, which wrote the answer into the outbox. */
  @HandleJob(resolveHoldJob, { lane: mainLane, concurrency: 512 })
  async resolveHold({ taskId, accountId, resolution }: JobData<typeof resolveHoldJob>): Promise<void> {
    await this.billing.resolveHold({ taskId, accountId, ...resolution });
  }
}
