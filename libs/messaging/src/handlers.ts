import { type ArgumentsHost, Catch, type RpcExceptionFilter, UseFilters } from '@nestjs/common';
import { Ctx, EventPattern, MessagePattern, Payload, Transport } from '@nestjs/microservices';
import { type EventContract, type JobContract, type Rpc } from '@videoapi/contracts';
import { type Observable, throwError } from 'rxjs';
import { type z } from 'zod';

/** Which of an application's microservices a handler belongs to. */
export const jetStreamTransportId = Symbol('jetstream');

/** What a job or event handler learns besides the data. */
export interface MessageMeta {
  /** The envelope's id: the same one on every delivery of the same fact or order. For `claimInbox`. */
  readonly id: string;
  readonly subject: string;
  readonly occurredAt: Date;
  /** 1 on the first delivery, as far as the server remembers. */
  readonly deliveries: number;
  /** The durable that delivered it, `<app>-<entity>` or `<app>-<verb>-<lane>`: the first half of an inbox key. */
  readonly consumer: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface JobOptions {
  /**
   * The lane to work on. Left out, the handler works on every lane in the transport's `lanes`: those that a
   * deployment gives to its processes.
   */
  readonly lane?: string;
  /** Handlers running at once in this process; default 32. */
  readonly concurrency?: number;
  /** After which silence the server takes a worker for dead; default 30 000. A running handler is not silent. */
  readonly ackWaitMs?: number;
}

export interface EventOptions {
  /** Handlers running at once in this process, over all facts of one entity: the largest that is asked for, default 64. */
  readonly concurrency?: number;
}

/** What the decorators leave for the transports, carried in the `extras` of Nest's own pattern metadata. */
export class RpcBinding {
  constructor(readonly rpc: Rpc) {}
}
export class JobBinding {
  constructor(
    readonly job: JobContract,
    readonly options: JobOptions,
  ) {}
}
export class EventBinding {
  constructor(
    readonly event: EventContract,
    readonly options: EventOptions,
  ) {}
}

/** A decorator for methods that can stand in for `Handle`: fewer parameters and a narrower answer are fine. */
type Handler<Handle> = <Method extends Handle>(
  target: object,
  key: string,
  descriptor: TypedPropertyDescriptor<Method>,
) => void;

/**
 * Answers an rpc: `(request) => Promise<response>`. The request arrives parsed; a thrown AppError reaches the caller as it
 * is, anything else as `internal_error`. Not started when the caller's deadline has passed.
 */
export function HandleRpc<Request extends z.ZodType, Response extends z.ZodType>(
  rpc: Rpc<Request, Response>,
): Handler<(request: z.output<Request>) => Promise<z.input<Response>>> {
  const pattern = MessagePattern(rpc.subject, Transport.NATS, { binding: new RpcBinding(rpc) });
  return (target, key, descriptor) => {
    pattern(target, key, descriptor);
    UseFilters(AsThrown)(target, key, descriptor);
  };
}

/**
 * Carries out a job: `(data, meta) => Promise<void>`. Returning acks it, so return only after the commit. A retryable
 * AppError, or anything that is not an AppError, brings it back after 1, 5, 15 and 60 s; the fifth failure, and any other
 * AppError at once, makes it a dead letter.
 */
export function HandleJob<Data extends z.ZodType>(
  job: JobContract<Data>,
  options: JobOptions = {},
): Handler<(data: z.output<Data>, meta: MessageMeta) => Promise<void>> {
  return consumed(job.subject(options.lane ?? '*'), new JobBinding(job, options));
}

/**
 * Takes note of a fact: `(data, meta) => Promise<void>`, with the failure rules of `HandleJob`. All handlers of one entity
 * in an app share one durable, which acks the facts that nobody handles.
 */
export function HandleEvent<Data extends z.ZodType>(
  event: EventContract<Data>,
  options: EventOptions = {},
): Handler<(data: z.output<Data>, meta: MessageMeta) => Promise<void>> {
  return consumed(event.subject, new EventBinding(event, options));
}

function consumed<Handle>(subject: string, binding: JobBinding | EventBinding): Handler<Handle> {
  const pattern = EventPattern<string>(subject, jetStreamTransportId, { binding });
  return (target, key, descriptor) => {
    pattern(target, key, descriptor);
    Payload()(target, key, 0);
    Ctx()(target, key, 1);
    UseFilters(AsThrown)(target, key, descriptor);
  };
}

/** Nest would replace whatever a handler throws by `{ status, message }`; the transports decide by the error itself. */
@Catch()
export class AsThrown implements RpcExceptionFilter {
  catch(error: unknown, _host: ArgumentsHost): Observable<never> {
    return throwError(() => error);
  }
}
