import { connect, createServer, type Socket } from 'node:net';
import { freePort } from '@videoapi/testing';

/** A TCP proxy in front of PostgreSQL that can deliver one COMMIT and lose the answer to it. */
export async function startCommitCutter(databaseUrl: string) {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let isArmed = false;
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    let isCutting = false;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on('data', (chunk) => {
      if (isArmed && chunk.includes('COMMIT\0')) {
        isArmed = false;
        isCutting = true;
      }
      upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      if (isCutting) client.destroy();
      else client.write(chunk);
    });
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const url = new URL(databaseUrl);
  url.port = String(port);
  return {
    url: url.href,
    cutNextCommit: () => {
      isArmed = true;
    },
    stop: () =>
      new Promise<void>((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
