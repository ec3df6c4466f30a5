import { once } from 'node:events';
import { createServer } from 'node:net';
import { processWide } from './process-wide.js';

/**
 * The system takes the ports of outgoing connections from 32768 up (Linux). One from there may be a connection's by the
 * time the server that it was meant for binds it, so ours come from below, and from above those that stacks default to.
 */
const lowest = 20_000;
const span = 12_000;
/** Processes with neighbouring pids start far apart, so that two seldom think of the same port at once. */
const stride = 7_919;

/** A TCP port of 127.0.0.1 that is free, and that this process was not given lately. */
export function freePort(): Promise<number> {
  return freePortRange(1);
}

/** The first of `count` such ports in a row. */
export async function freePortRange(count: number): Promise<number> {
  const cursor = processWide('port', () => ({ next: (process.pid * stride) % span }));
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if (cursor.next + count > span) cursor.next = 0;
    const first = lowest + cursor.next;
    cursor.next += count;
    const free = await Promise.all(Array.from({ length: count }, (_, index) => isFree(first + index)));
    if (free.every(Boolean)) return first;
  }
  throw new Error(`no ${count} free ports in a row`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
