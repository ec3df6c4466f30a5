import { type Server } from 'node:http';
import { type Socket } from 'node:net';

/** A request that is on its way on a new connection arrives within this time. */
const patienceMs = 1_000;

/**
 * Browsers and pools open connections ahead of need. Node's `server.close()` waits for one that never carried a request
 * as if it were about to, up to a minute; once `signal` is aborted they are closed after a second.
 */
export function closeUnusedConnections(server: Server, signal: AbortSignal): void {
  const unused = new Set<Socket>();
  const closeLater = (sockets: readonly Socket[]) => {
    setTimeout(() => {
      for (const socket of sockets) if (unused.has(socket)) socket.destroy();
    }, patienceMs).unref();
  };
  server.on('connection', (socket) => {
    unused.add(socket);
    socket.once('close', () => unused.delete(socket));
    if (signal.aborted) closeLater([socket]);
  });
  server.on('request', ({ socket }) => unused.delete(socket));
  signal.addEventListener('abort', () => closeLater([...unused]));
}
