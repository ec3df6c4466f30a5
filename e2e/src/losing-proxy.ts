import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo } from 'node:net';

/** Passes everything on, but answers the first request with 503 after it has had its effect. */
export async function losingFirstAnswer(target: string): Promise<LosingProxy> {
  let count = 0;
  const server = createServer((request, response) => {
    count += 1;
    const isFirst = count === 1;
    passOn(target, request).then(
      ({ status, body }) => {
        response.writeHead(isFirst ? 503 : status, { 'content-type': 'application/json' });
        response.end(isFirst ? '{"error":{"message":"lost"}}' : body);
      },
      () => response.writeHead(599).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, requests: () => count, close: () => server.close() };
}

export interface LosingProxy {
  readonly url: string;
  readonly requests: () => number;
  readonly close: () => void;
}

async function passOn(target: string, request: IncomingMessage): Promise<{ status: number; body: string }> {
  const { host: _host, connection: _connection, 'content-length': _length, ...headers } = request.headers;
  const answer = await fetch(`${target}${request.url}`, {
    method: request.method ?? 'GET',
    headers: Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]),
    body: Buffer.concat(await request.toArray()),
    signal: AbortSignal.timeout(10_000),
  });
  return { status: answer.status, body: await answer.text() };
}
