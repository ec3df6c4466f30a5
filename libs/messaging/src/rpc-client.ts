import { Injectable } from '@nestjs/common';
import { errors, type Msg } from '@nats-io/transport-node';
import { AppError, type Rpc } from '@videoapi/contracts';
import { z } from 'zod';
import { currentCall, toHeaders, traceHeadersOf } from './call.js';
import { Nats } from './nats.js';

const appErrorJson = z.object({
  code: z.string(),
  message: z.string(),
  details: z.record(z.string(), z.unknown()).optional(),
  param: z.string().optional(),
  retryAfterMs: z.number().optional(),
});
/** Nest's reply packet. `err` is Nest's own refusal (no handler for the pattern), not one of ours. */
const reply = z.object({
  response: z.union([z.object({ error: appErrorJson }), z.object({ ok: z.unknown() })]).optional(),
  err: z.unknown().optional(),
});

export interface CallOptions {
  /** How long the answer is waited for; the deadline of the call being handled shortens it. */
  readonly timeoutMs: number;
}

/**
 * Asks another service. Speaks the envelope of Nest's own NATS transport (`{ pattern, data, id }`), over one shared inbox
 * instead of a subscription per request, and never without a timeout.
 */
@Injectable()
export class RpcClient {
  private sent = 0;

  constructor(private readonly nats: Nats) {}

  private get mostBytes(): number {
    return (this.nats.connection.info?.max_payload ?? Infinity) - headroomBytes;
  }

  /**
   * @throws AppError what the handler threw, `payload_too_large`, or `unavailable`: nobody serves the subject, no answer in
   * time (the work may have been done: every rpc is idempotent by an id of the caller's), or NATS is down.
   */
  async call<Request extends z.ZodType, Response extends z.ZodType>(
    rpc: Rpc<Request, Response>,
    request: z.input<Request>,
    { timeoutMs }: CallOptions,
  ): Promise<z.output<Response>> {
    const call = currentCall();
    const deadline = Math.min(Date.now() + timeoutMs, call.deadline ?? Infinity);
    const timeout = deadline - Date.now();
    if (timeout < 1) throw unavailable('The deadline of this call has passed.');
    if (!this.nats.connected) throw unavailable('Not connected to NATS.');
    this.sent += 1;
    const body = JSON.stringify({ pattern: rpc.subject, data: request, id: String(this.sent) });
    if (Buffer.byteLength(body) > this.mostBytes) throw new AppError('payload_too_large', 'The request is too large.');
    const headers = toHeaders(traceHeadersOf(call), deadline);
    const answer = this.nats.connection.request(rpc.subject, body, { timeout, headers });
    const message = await this.nats.unlessLost(answer).catch((error: unknown) => {
      throw translate(error);
    });
    return rpc.response.parse(unwrap(rpc.subject, message));
  }
}

/**
 * Of a request: what NATS carries, less the room that the same words need later on, in a job, with more around them. A
 * batch that is over it, or whose answer is, is divided by whoever made it.
 */
const headroomBytes = 64 * 1024;

function unwrap(subject: string, message: Msg): unknown {
  const { response } = reply.parse(message.json());
  if (response === undefined) throw new AppError('internal_error', `No handler for ${subject}.`);
  if ('error' in response) throw AppError.revive(clean(response.error));
  return response.ok;
}

/** zod leaves absent optional keys out, but its type says `undefined`; exactOptionalPropertyTypes wants them gone. */
function clean({ code, message, details, param, retryAfterMs }: z.output<typeof appErrorJson>) {
  return {
    code,
    message,
    ...(details !== undefined && { details }),
    ...(param !== undefined && { param }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
}

function translate(error: unknown): AppError {
  if (error instanceof errors.TimeoutError) return unavailable('No answer in time.', error);
  if (error instanceof errors.RequestError && error.isNoResponders())
    return unavailable('Nobody serves this request now.', error);
  if (error instanceof errors.ClosedConnectionError || error instanceof errors.DrainingConnectionError)
    return unavailable('The connection to NATS is closed.', error);
  return AppError.from(error);
}

function unavailable(message: string, cause?: unknown): AppError {
  return new AppError('unavailable', message, { cause, retryAfterMs: 1_000 });
}
