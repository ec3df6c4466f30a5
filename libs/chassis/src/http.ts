import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type FastifyServerOptions } from 'fastify';
import { type Drain } from './drain.js';
import { type Metrics } from './metrics.js';

export interface HttpOptions {
  readonly port: number;
  /** Default `0.0.0.0`. */
  readonly host?: string;
  /** The largest request body in bytes. Default 1 MiB. */
  readonly bodyLimit?: number;
  /** Whose X-Forwarded-For to believe (`TRUST_PROXY` of `serviceEnv`). Default nobody's. */
  readonly trustProxy?: boolean | string[];
  /** Further options of Fastify. */
  readonly fastify?: FastifyServerOptions;
  /** Plugins, hooks, parsers: before the app is initialized. */
  readonly configure?: (app: NestFastifyApplication) => Promise<void> | void;
}

export function fastifyAdapter(http: HttpOptions | undefined): FastifyAdapter {
  return new FastifyAdapter({
    bodyLimit: http?.bodyLimit ?? 1_048_576,
    trustProxy: http?.trustProxy ?? false,
    // Longer than the idle time of load balancers (commonly 60 s): the side that opens a connection should close it,
    // or a request and a close cross on the wire.
    keepAliveTimeout: 75_000,
    requestTimeout: 300_000,
    // What still arrives on open connections while we drain is answered, not refused.
    return503OnClosing: false,
    ...http?.fastify,
  });
}

/** Measures every request under its route's template, and sends clients elsewhere once the service drains. */
export function observeHttp(app: NestFastifyApplication, metrics: Metrics, drain: Drain): void {
  const seconds = metrics.histogram({
    name: 'http_request_seconds',
    help: 'Time from the first byte of a request to the last of its answer',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  });
  const fastify = app.getHttpAdapter().getInstance();
  // When the answer goes out, not when the request came in: one that was in flight must not keep its connection either.
  fastify.addHook('onSend', (_request, reply, _payload, done) => {
    if (drain.isDraining) void reply.header('connection', 'close');
    done();
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unmatched';
    seconds.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1_000);
    done();
  });
}
