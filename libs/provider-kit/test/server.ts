import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTcpServer, type Server as TcpServer, type Socket } from 'node:net';

/** A server on this machine, gone at `close`. */
export interface LocalServer {
  readonly url: string;
  /** How many connections there have been. */
  connections(): number;
  close(): void;
}

export async function serveHttp(listener: RequestListener): Promise<LocalServer> {
  const server = createServer(listener);
  let count = 0;
  server.on('connection', () => (count += 1));
  return opened(
    server,
    () => server.closeAllConnections(),
    () => count,
  );
}

/** Speaks whatever it is told to, after the first bytes of a request. */
export async function serveBytes(answer: (socket: Socket) => void): Promise<LocalServer> {
  const sockets = new Set<Socket>();
  let count = 0;
  const server = createTcpServer((socket) => {
    count += 1;
    sockets.add(socket);
    socket.on('error', () => undefined).once('data', () => answer(socket));
  });
  return opened(
    server,
    () => sockets.forEach((socket) => socket.destroy()),
    () => count,
  );
}

/** An address where nobody listens. */
export async function deadUrl(): Promise<string> {
  const server = await serveHttp(() => undefined);
  server.close();
  return server.url;
}

export async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return text;
}

async function opened(server: Server | TcpServer, cut: () => void, connections: () => number): Promise<LocalServer> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    connections,
    close: () => {
      cut();
      server.close();
    },
  };
}
