import { Injectable, Logger } from '@nestjs/common';
import { type Envelope, envelope } from '@videoapi/contracts';
import { Nats } from './nats.js';

const log = new Logger('live-events');

/**
 * Events as they pass by, to every process that listens, at most once: for streams to customers and for dropping caches.
 * Whoever must not miss one uses `@HandleEvent`.
 */
@Injectable()
export class LiveEvents {
  constructor(private readonly nats: Nats) {}

  /** `read` parses the event, for a listener that wants it. @returns the function that ends the subscription. */
  subscribe(pattern: string, listener: (subject: string, read: () => Envelope<unknown>) => void): () => void {
    const subscription = this.nats.connection.subscribe(pattern, {
      callback: (error, message) => {
        if (error !== null) return log.error({ event: 'live_events_refused', pattern, err: error });
        try {
          listener(message.subject, () => envelope.parse(message.json()));
        } catch (cause) {
          log.warn({ event: 'live_event_dropped', subject: message.subject, err: cause });
        }
      },
    });
    return () => subscription.unsubscribe();
  }
}
