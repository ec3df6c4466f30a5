import { z } from 'zod';
import { type AppErrorJson } from './app-error.js';

/** A question with an answer over core NATS. Idempotent by an id that the caller made. */
export interface Rpc<Request extends z.ZodType = z.ZodType, Response extends z.ZodType = z.ZodType> {
  readonly subject: string;
  readonly request: Request;
  readonly response: Response;
}

/** A fact in the past tense, `evt.<entity>.v1.<fact>`, kept in JetStream. */
export interface EventContract<Data extends z.ZodType = z.ZodType> {
  readonly subject: string;
  readonly entity: string;
  readonly data: Data;
}

/** An order, `job.v1.<verb>.<lane>`. The lane is what a pool of workers pulls and what scales. */
export interface JobContract<Data extends z.ZodType = z.ZodType> {
  readonly verb: string;
  readonly data: Data;
  subject(lane: string): string;
}

/** The body of every event and job. `id` is also the `Nats-Msg-Id`: unique per fact, so a repeat carries the same one. */
export interface Envelope<Data> {
  readonly id: string;
  readonly occurredAt: string;
  readonly data: Data;
}

export const envelope = z.object({
  id: z.string().min(1),
  occurredAt: z.iso.datetime({ offset: true }),
  data: z.unknown(),
});

/** What an rpc handler puts on the wire. */
export type RpcAnswer<Response> = { readonly ok: Response } | { readonly error: AppErrorJson };

export type EventData<Contract extends EventContract> = z.output<Contract['data']>;
export type JobData<Contract extends JobContract> = z.output<Contract['data']>;
export type RpcRequest<Contract extends Rpc> = z.output<Contract['request']>;
export type RpcResponse<Contract extends Rpc> = z.output<Contract['response']>;

export function defineRpc<Request extends z.ZodType, Response extends z.ZodType>(
  subject: `rpc.${string}.v1.${string}`,
  request: Request,
  response: Response,
): Rpc<Request, Response> {
  return { subject, request, response };
}

export function defineEvent<Data extends z.ZodType>(entity: string, fact: string, data: Data): EventContract<Data> {
  return { subject: `evt.${entity}.v1.${fact}`, entity, data };
}

export function defineJob<Data extends z.ZodType>(verb: string, data: Data): JobContract<Data> {
  return { verb, data, subject: (lane) => `job.v1.${verb}.${lane}` };
}
