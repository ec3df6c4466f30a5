/** What the engine asks of `dispatch/`; one class there implements it. */

export interface QueuedTask {
  readonly taskId: string;
  readonly accountId: string;
  readonly modelId: string;
  readonly mode: 'live' | 'test';
}

export interface ReturnedSlot {
  readonly attemptId: string;
  readonly channelId: string;
  readonly accountId: string;
}

/** `ok`: the provider answered properly, whatever it decided. */
export type ChannelOutcome = 'ok' | 'fault' | 'rate_limited' | 'balance' | 'credentials';
