import {
  type CustomTransportStrategy,
  type MessageHandler,
  type MicroserviceOptions,
  Server,
} from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import { type NatsOptions } from './connection-options.js';
import { type BoundHandler, planConsumers } from './consumer-plan.js';
import { DeadLetters } from './dead-letters.js';
import { DurableConsumer } from './durable-consumer.js';
import { EventBinding, JobBinding, jetStreamTransportId } from './handlers.js';
import { type Nats, openNats } from './nats.js';

export interface JetStreamOptions extends NatsOptions {
  /** The lanes of the `@HandleJob` handlers that name none: what this process was deployed for. */
  readonly lanes?: readonly string[];
}

/** JetStream for the `@HandleJob` and `@HandleEvent` handlers of an app. */
export function jetStreamTransport(options: JetStreamOptions): MicroserviceOptions {
  return { strategy: new JetStreamStrategy(options) };
}

export class JetStreamStrategy extends Server implements CustomTransportStrategy {
  override readonly transportId = jetStreamTransportId;
  /** What a handler throws is judged here, so Nest need not log it as unhandled. */
  override readonly propagatesEventHandlerErrors = true;
  private nats: Nats | undefined;
  private consumers: DurableConsumer[] = [];

  constructor(private readonly options: JetStreamOptions) {
    super();
  }

  async listen(callback: (error?: unknown) => void): Promise<void> {
    try {
      const nats = await openNats(this.options);
      this.nats = nats;
      const plans = planConsumers(this.options.app, this.boundHandlers(), this.options.lanes);
      const deadLetters = new DeadLetters(nats);
      this.consumers = plans.map((plan) => new DurableConsumer(nats, plan, deadLetters));
      await Promise.all(this.consumers.map((consumer) => consumer.start()));
      callback();
    } catch (error) {
      callback(error);
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.consumers.map((consumer) => consumer.close()));
    this.consumers = [];
    await this.nats?.close();
    this.nats = undefined;
  }

  on(): void {}

  unwrap<T>(): T {
    throw new Error('Inject Nats instead.');
  }

  private boundHandlers(): BoundHandler[] {
    return [...this.messageHandlers.values()].flatMap((handler) => {
      const binding: unknown = handler.extras?.['binding'];
      // A handler of another transport that names none lands here as well.
      if (!(binding instanceof JobBinding || binding instanceof EventBinding)) return [];
      if (handler.next !== undefined) throw new Error('Two handlers for one job or event: they would share one ack.');
      return [{ binding, handle: (data, meta) => finished(handler(data, meta)) }];
    });
  }
}

async function finished(returned: ReturnType<MessageHandler>): Promise<void> {
  const result: unknown = await returned;
  if (isObservable(result)) await lastValueFrom(result, { defaultValue: undefined });
}
