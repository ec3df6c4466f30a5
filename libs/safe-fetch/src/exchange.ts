import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Socket } from 'node:net';
import type { Dispatcher } from 'undici';
import { type Connection, connections } from './connector.js';
import { asFetchError, FetchLimitError, isError } from './errors.js';

/** One call of `request`, over all its hops: its clock, its abort signal, and what became of it on the wire. */
export class Exchange {
  readonly startedAt = performance.now();
  requestSent = false;
  /** The connection of the latest hop, and whether this exchange opened it. */
  connection: (Connection & { fresh: boolean }) | undefined;
  readonly #control = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #callerSignal: AbortSignal | undefined;

  constructor(timeoutMs: number, callerSignal: AbortSignal | undefined) {
    this.#callerSignal = callerSignal;
    this.#timer = setTimeout(() => {
      this.#control.abort(new FetchLimitError('timeout', `No answer within ${timeoutMs} ms`, this.requestSent));
    }, timeoutMs);
    if (callerSignal?.aborted === true) this.#onCallerAbort();
    else callerSignal?.addEventListener('abort', this.#onCallerAbort, { once: true });
  }

  get signal(): AbortSignal {
    return this.#control.signal;
  }

  /** What ended it: the caller's own reason, our time limit, or else what was thrown, with a type of ours. */
  explain(error: unknown): Error {
    const { aborted, reason } = this.#control.signal;
    if (!aborted) return asFetchError(error, this.requestSent);
    return isError(reason) ? reason : new Error('The caller gave up', { cause: reason });
  }

  /** Must be called once the last byte is read or given up; afterwards nothing of this exchange can fire. */
  finish(): void {
    clearTimeout(this.#timer);
    this.#callerSignal?.removeEventListener('abort', this.#onCallerAbort);
  }

  readonly #onCallerAbort = (): void => this.#control.abort(this.#callerSignal?.reason);
}

/** Undici says which socket a request goes out on only through its diagnostics channel, right after `onRequestStart`. */
let starting: Exchange | undefined;

/** Interceptor: notes on the Exchange that travels as `opaque` that the request is being written, and on which socket. */
export const observeExchange: Dispatcher.DispatcherComposeInterceptor = (dispatch) => (options, handler) => {
  const exchange = 'opaque' in options && options.opaque instanceof Exchange ? options.opaque : undefined;
  return dispatch(options, exchange === undefined ? handler : observed(handler, exchange));
};

function observed(handler: Dispatcher.DispatchHandler, exchange: Exchange): Dispatcher.DispatchHandler {
  return {
    onRequestStart(controller, context) {
      handler.onRequestStart?.(controller, context);
      if (controller.aborted) return;
      exchange.requestSent = true;
      starting = exchange;
    },
    onResponseStart: (controller, status, headers, text) =>
      handler.onResponseStart?.(controller, status, headers, text),
    onResponseData: (controller, chunk) => handler.onResponseData?.(controller, chunk),
    onResponseEnd: (controller, trailers) => handler.onResponseEnd?.(controller, trailers),
    onResponseError: (controller, error) => handler.onResponseError?.(controller, error),
  };
}

const seen = new WeakSet<Socket>();

/** Both run synchronously inside one write, so `starting` can only be the exchange that the socket belongs to. */
function onSendHeaders(message: unknown): void {
  const exchange = starting;
  starting = undefined;
  if (exchange === undefined || typeof message !== 'object' || message === null || !('socket' in message)) return;
  const { socket } = message;
  if (!(socket instanceof Socket)) return;
  const connection = connections.get(socket);
  if (connection === undefined) return;
  exchange.connection = { ...connection, fresh: !seen.has(socket) };
  seen.add(socket);
}

export const watchSockets = (): void => subscribe('undici:client:sendHeaders', onSendHeaders);
export const unwatchSockets = (): boolean => unsubscribe('undici:client:sendHeaders', onSendHeaders);
