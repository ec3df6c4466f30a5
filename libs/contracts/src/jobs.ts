import { z } from 'zod';
import { adoptOrder, cancelOrder, pollOrder, resultSource, submitOrder } from './attempt.js';
import { defineJob } from './define.js';
import { taskId } from './task.js';
import { usage } from './price.js';

/** Lane: the channel's. Guarded by the permit of `rpc.orchestrator.v1.begin_submit`. */
export const submitJob = defineJob('submit', submitOrder);
/** Lane: the channel's. Published by the timer claim itself: a lost one simply comes due again. */
export const pollJob = defineJob('poll', pollOrder);
/** Lane: the channel's. A read-back, and so safe to repeat. */
export const adoptJob = defineJob('adopt', adoptOrder);
/** Lane: the channel's. */
export const cancelJob = defineJob('cancel', cancelOrder);

/** Lane `main`. Safe to repeat: object keys are made of the attempt id and the output's index. */
export const storeResultJob = defineJob(
  'store_result',
  z.object({
    taskId,
    accountId: z.string(),
    attemptId: z.uuid(),
    outputs: z.array(resultSource).min(1).max(10),
  }),
);

/** Lane `main`. The hold row is its own inbox: a repeat answers with the same event again. */
export const resolveHoldJob = defineJob(
  'resolve_hold',
  z.object({
    taskId,
    accountId: z.string(),
    resolution: z.discriminatedUnion('action', [
      z.object({ action: z.literal('settle'), usage }),
      z.object({ action: z.literal('release'), reason: z.string().max(200) }),
    ]),
  }),
);

/** For jobs that belong to no provider. */
export const mainLane = 'main';
