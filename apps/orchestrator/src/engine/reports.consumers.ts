import { Controller } from '@nestjs/common';
import {
  attemptAccepted,
  attemptCancelled,
  attemptObserved,
  attemptRefused,
  attemptUnknown,
  type EventData,
  holdResolved,
  mediaStored,
  mediaStoreFailed,
} from '@videoapi/contracts';
import { HandleEvent } from '@videoapi/messaging';
import { type TaskObservation } from '../task/observation.js';
import { Observations } from './observations.js';

/** Handlers wait for a shared transaction: many at once make it a large one. */
const many = { concurrency: 512 };

/**
 * What workers, uploads and billing report. There is no inbox: each report names its attempt and epoch or a state that
 * happens once, so the second copy finds nothing left to do.
 */
@Controller()
export class ReportConsumers {
  constructor(private readonly observations: Observations) {}

  @HandleEvent(attemptAccepted, many)
  accepted({ taskId, attemptId, epoch, handle, upstreamId }: EventData<typeof attemptAccepted>): Promise<void> {
    return this.observe(taskId, { kind: 'accepted', attemptId, epoch, handle, upstreamId });
  }

  @HandleEvent(attemptRefused, many)
  refused({ taskId, attemptId, epoch, failure }: EventData<typeof attemptRefused>): Promise<void> {
    return this.observe(taskId, { kind: 'refused', attemptId, epoch, failure });
  }

  @HandleEvent(attemptUnknown, many)
  unknown({ taskId, attemptId, epoch }: EventData<typeof attemptUnknown>): Promise<void> {
    return this.observe(taskId, { kind: 'submit_unknown', attemptId, epoch });
  }

  @HandleEvent(attemptObserved, many)
  observed({ taskId, attemptId, epoch, observation }: EventData<typeof attemptObserved>): Promise<void> {
    return this.observe(taskId, { kind: 'observed', attemptId, epoch, observation });
  }

  @HandleEvent(attemptCancelled, many)
  cancelled({ taskId, attemptId, epoch, outcome }: EventData<typeof attemptCancelled>): Promise<void> {
    return this.observe(taskId, { kind: 'attempt_cancelled', attemptId, epoch, outcome });
  }

  @HandleEvent(mediaStored, many)
  stored({ taskId, attemptId, outputs }: EventData<typeof mediaStored>): Promise<void> {
    return this.observe(taskId, { kind: 'stored', attemptId, outputs });
  }

  @HandleEvent(mediaStoreFailed, many)
  storeFailed({ taskId, attemptId, retryable }: EventData<typeof mediaStoreFailed>): Promise<void> {
    return this.observe(taskId, { kind: 'store_failed', attemptId, retryable });
  }

  @HandleEvent(holdResolved, many)
  holdResolved({ taskId, outcome, held, charged }: EventData<typeof holdResolved>): Promise<void> {
    return this.observe(taskId, { kind: 'hold_resolved', outcome, held, charged });
  }

  private async observe(taskId: string, observation: TaskObservation): Promise<void> {
    await this.observations.submit({ taskId, observation });
  }
}
