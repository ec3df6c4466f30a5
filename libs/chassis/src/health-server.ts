import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { type Health } from './health.js';
import { type Metrics } from './metrics.js';

export interface HealthServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * `/health/live` answers as long as the event loop turns and asks nobody, so that an outage of a database restarts no
 * service. `/health/ready` asks every check. `/metrics` is Prometheus's text format. On a port of its own: it answers
 * while the service's own listener is closed, and is not reachable from outside.
 */
export async function startHealthServer(
  health: Health,
  metrics: Metrics,
  listen: { readonly port: number; readonly host: string },
): Promise<HealthServer> {
  const server = createServer((request, response) => {
    answer(request.url ?? '/', response, health, metrics).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(listen.port, listen.host, resolve);
  });
  return {
    port: portOf(server),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening on a TCP port');
  return address.port;
}

async function answer(url: string, response: ServerResponse, health: Health, metrics: Metrics): Promise<void> {
  const path = url.split('?')[0];
  if (path === '/health/live') return send(response, 200, 'application/json', '{"state":"live"}');
  if (path === '/health/ready') {
    const { isReady, ...body } = await health.readiness();
    return send(response, isReady ? 200 : 503, 'application/json', JSON.stringify(body));
  }
  if (path === '/metrics') {
    return send(response, 200, metrics.registry.contentType, await metrics.registry.metrics());
  }
  return send(response, 404, 'text/plain', 'not found');
}

function send(response: ServerResponse, status: number, contentType: string, body: string): void {
  response.writeHead(status, { 'content-type': contentType, 'cache-control': 'no-store' }).end(body);
}
