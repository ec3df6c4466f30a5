import { once } from 'node:events';
import { createServer } from 'node:net';

/** A TCP port of 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  const port = await listenBriefly(0);
  if (port === undefined) throw new Error('the system has no free port');
  return port;
}

/** The first of `count` ports in a row, all free. Below the range that the system itself hands out. */
export async function freePortRange(count: number): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const first = 10_000 + Math.floor(Math.random() * 20_000);
    const ports = await Promise.all(Array.from({ length: count }, (_, index) => listenBriefly(first + index)));
    if (ports.every((port) => port !== undefined)) return first;
  }
  throw new Error(`no ${count} free ports in a row`);
}

/** The port, or undefined when it is in use. */
async function listenBriefly(wanted: number): Promise<number | undefined> {
  const server = createServer().listen(wanted, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return undefined;
  }
  const address = server.address();
  server.close();
  await once(server, 'close');
  return address === null || typeof address === 'string' ? undefined : address.port;
}
