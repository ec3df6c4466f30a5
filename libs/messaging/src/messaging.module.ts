import { type DynamicModule, Module } from '@nestjs/common';
import { type NatsOptions } from './connection-options.js';
import { DeadLetters } from './dead-letters.js';
import { inboxRetention } from './inbox-retention.js';
import { LiveEvents } from './live-events.js';
import { Nats, openNats } from './nats.js';
import { OutboxRelay, relayName } from './outbox-relay.js';
import { Publisher } from './publisher.js';
import { RpcClient } from './rpc-client.js';

export interface MessagingOptions extends NatsOptions {
  /** The app has `messagingTables`: relay its outbox, prune its inbox. Needs DatabaseModule. Default false. */
  readonly relay?: boolean;
}

/** Everything that sends. What receives are the transports: `natsTransport` and `jetStreamTransport`. */
@Module({})
export class MessagingModule {
  static register({ relay = false, ...options }: MessagingOptions): DynamicModule {
    const services = [RpcClient, Publisher, LiveEvents, DeadLetters, ...(relay ? [OutboxRelay] : [])];
    return {
      module: MessagingModule,
      global: true,
      providers: [
        { provide: Nats, useFactory: () => openNats(options) },
        { provide: relayName, useValue: options.app },
        ...services,
        ...(relay ? [inboxRetention] : []),
      ],
      exports: [Nats, ...services],
    };
  }
}
