import { headers as newHeaders, type MsgHdrs } from '@nats-io/transport-node';
import { AsyncLocalStorage } from 'node:async_hooks';

/** What travels along with the work that is being done: its trace, and how long somebody will wait for it. */
export interface Call {
  /** W3C trace context. */
  readonly traceparent?: string;
  readonly tracestate?: string;
  /** Milliseconds since the epoch after which nobody waits for the answer any more. */
  readonly deadline?: number;
}

const traceHeaders = ['traceparent', 'tracestate'] as const;
const deadlineHeader = 'x-deadline';
const storage = new AsyncLocalStorage<Call>();

/** The call being handled here, in a handler and in everything it awaits. */
export function currentCall(): Call {
  return storage.getStore() ?? {};
}

/** An HTTP edge uses this to hand its own trace on; handlers of this library run inside it already. */
export function withCall<T>(call: Call, work: () => T): T {
  return storage.run(call, work);
}

/** Trace headers of the current call, for an outbox row or a publish. */
export function traceHeadersOf(call: Call): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of traceHeaders) {
    const value = call[name];
    if (value !== undefined) found[name] = value;
  }
  return found;
}

export function toHeaders(entries: Readonly<Record<string, string>>, deadline?: number): MsgHdrs {
  const all = newHeaders();
  for (const [name, value] of Object.entries(entries)) all.set(name, value);
  if (deadline !== undefined) all.set(deadlineHeader, String(deadline));
  return all;
}

export function readCall(headers: MsgHdrs | undefined): Call {
  if (headers === undefined) return {};
  const traceparent = headers.get('traceparent');
  const tracestate = headers.get('tracestate');
  const deadline = Number(headers.get(deadlineHeader));
  return {
    ...(traceparent !== '' && { traceparent }),
    ...(tracestate !== '' && { tracestate }),
    ...(deadline > 0 && { deadline }),
  };
}
