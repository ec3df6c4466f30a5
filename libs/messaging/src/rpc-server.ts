import { Logger } from '@nestjs/common';
import { type MessageHandler, type MicroserviceOptions, NatsContext, ServerNats } from '@nestjs/microservices';
import { MsgHdrsImpl, type NatsConnection, type Subscription, type SubscriptionOptions } from '@nats-io/transport-node';
import { AppError, type Rpc, type RpcAnswer } from '@videoapi/contracts';
import { setTimeout as sleep } from 'node:timers/promises';
import { isObservable, lastValueFrom } from 'rxjs';
import { type Call, readCall, withCall } from './call.js';
import { type NatsOptions } from './connection-options.js';
import { RpcBinding } from './handlers.js';
import { InFlight } from './in-flight.js';
import { type Nats, openNats } from './nats.js';

const drainMs = 2_000;
const log = new Logger('rpc');

/** Nest's NATS transport for the `@HandleRpc` handlers of an app, as one member of the queue group named after it. */
export function natsTransport(options: NatsOptions): MicroserviceOptions {
  return { strategy: new RpcServer(options) };
}

/**
 * The stock server on the process's shared connection, with the contract held at the door. Closing is exact where the
 * stock one sleeps for a fixed grace period: unsubscribe, answer what was taken, leave the connection to its other users.
 */
export class RpcServer extends ServerNats {
  private readonly subscriptionsMade: Subscription[] = [];
  private readonly inFlight = new InFlight();
  private nats: Nats | undefined;

  constructor(private readonly natsOptions: NatsOptions) {
    super({ queue: natsOptions.app });
  }

  override addHandler(
    pattern: unknown,
    handler: MessageHandler,
    isEventHandler = false,
    extras: Record<string, unknown> = {},
  ): void {
    const { binding } = extras;
    const bound = binding instanceof RpcBinding ? this.answering(binding.rpc, handler) : handler;
    super.addHandler(pattern, bound, isEventHandler, extras);
  }

  /** The stock lookup first tries to parse the subject as JSON, and the error that this throws is a tenth of a call. */
  override getHandlerByPattern(subject: string): MessageHandler | null {
    return this.messageHandlers.get(subject) ?? null;
  }

  /** An answer that NATS would not carry would never arrive: the caller is told that, instead of waiting for it in vain. */
  protected override initializeSerializer(options: object): void {
    super.initializeSerializer(options);
    const stock = this.serializer;
    this.serializer = {
      serialize: (packet: Parameters<typeof stock.serialize>[0]) => {
        const serialized = stock.serialize(packet);
        const mostBytes = this.nats?.connection.info?.max_payload ?? Infinity;
        if (Buffer.byteLength(serialized.data) <= mostBytes) return serialized;
        const error = new AppError('payload_too_large', 'The answer is too large.').toJSON();
        return stock.serialize({ ...packet, response: { error } });
      },
    };
  }

  override async createNatsClient(): Promise<NatsConnection> {
    this.nats = await openNats(this.natsOptions);
    return this.nats.connection;
  }

  override bindEvents(connection: NatsConnection): void {
    super.bindEvents({
      subscribe: (subject: string, options: SubscriptionOptions) => {
        const subscription = connection.subscribe(subject, options);
        this.subscriptionsMade.push(subscription);
        return subscription;
      },
    });
  }

  /** `Nats` watches and logs the connection once for all its users. */
  override async handleStatusUpdates(): Promise<void> {}

  override async close(): Promise<void> {
    if (this.nats === undefined) return;
    // Without a server there is nobody to wait for, and drain() would wait for one.
    const drained = Promise.all(this.subscriptionsMade.map((subscription) => subscription.drain()));
    await Promise.race([drained, sleep(drainMs, undefined, { ref: false })]);
    await this.inFlight.idle();
    await this.nats.close();
    this.nats = undefined;
  }

  private answering(rpc: Rpc, handler: MessageHandler): MessageHandler {
    return (payload: unknown, context: unknown) => this.inFlight.track(answer(rpc, handler, payload, context));
  }
}

async function answer(
  rpc: Rpc,
  handler: MessageHandler,
  payload: unknown,
  context: unknown,
): Promise<RpcAnswer<unknown>> {
  try {
    const call = callOf(context);
    if (call.deadline !== undefined && call.deadline <= Date.now())
      throw new AppError('unavailable', 'The caller no longer waits for the answer.');
    const request = rpc.request.safeParse(payload);
    if (!request.success)
      throw new AppError('invalid_request', `Not a request of ${rpc.subject}.`, { cause: request.error });
    return { ok: await withCall(call, () => resultOf(handler(request.data, context))) };
  } catch (error) {
    const appError = AppError.from(error);
    // `invalid_request` from here is a bug of the calling service, not of the customer; both would go unseen otherwise.
    if (appError !== error || appError.status >= 500)
      log.error({ event: 'rpc_failed', subject: rpc.subject, code: appError.code, err: appError.cause ?? appError });
    return { error: appError.toJSON() };
  }
}

/** Nest hands back an observable when an interceptor or a filter is involved. */
async function resultOf(returned: ReturnType<MessageHandler>): Promise<unknown> {
  const result: unknown = await returned;
  return isObservable(result) ? lastValueFrom(result, { defaultValue: undefined }) : result;
}

function callOf(context: unknown): Call {
  if (!(context instanceof NatsContext)) return {};
  const headers: unknown = context.getHeaders();
  return headers instanceof MsgHdrsImpl ? readCall(headers) : {};
}
