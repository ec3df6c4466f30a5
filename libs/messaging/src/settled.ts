import { channel } from 'node:diagnostics_channel';

/** What became of one delivery of a message. */
export interface Settled {
  readonly consumer: string;
  readonly outcome: 'acked' | 'put_off' | 'given_up' | 'unsettled';
  /** From the moment the stream took the message to the moment a handler got it, in milliseconds. */
  readonly waitMs: number;
  readonly tookMs: number;
}

/** Node diagnostics channel with a `Settled` for each delivery: whoever keeps metrics subscribes, by this name alone. */
export const settledChannel = 'videoapi.messaging.settled';

const settled = channel(settledChannel);

export function tellSettled(describe: () => Settled): void {
  if (settled.hasSubscribers) settled.publish(describe());
}
