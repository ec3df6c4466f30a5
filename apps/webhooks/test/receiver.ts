import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { type AddressInfo, type Socket } from 'node:net';

export interface Received {
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** How a receiver behaves: a status, or whatever it likes to do with the response. */
export type Behaviour = number | ((response: ServerResponse, request: IncomingMessage) => void);

/** A customer's server on this machine. */
export class Receiver {
  readonly received: Received[] = [];
  /** The most requests that were open at once. */
  mostOpen = 0;
  private open = 0;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    public behave: (received: Received, nth: number) => Behaviour,
  ) {}

  static async start(behave: (received: Received, nth: number) => Behaviour = () => 200): Promise<Receiver> {
    const server = createServer({ keepAliveTimeout: 30_000 });
    const receiver = new Receiver(server, behave);
    server.on('connection', (socket) => {
      receiver.sockets.add(socket);
      socket.on('close', () => receiver.sockets.delete(socket));
    });
    server.on('request', (request, response) => receiver.take(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get port(): number {
    const address = this.server.address() as AddressInfo;
    return address.port;
  }

  url(path = '/hook'): string {
    return `http://127.0.0.1:${this.port}${path}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private take(request: IncomingMessage, response: ServerResponse): void {
    this.open += 1;
    this.mostOpen = Math.max(this.mostOpen, this.open);
    response.on('close', () => (this.open -= 1));
    const chunks: Buffer[] = [];
    request.on('error', () => undefined);
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const received = {
        path: request.url ?? '',
        headers: flat(request.headers),
        body: Buffer.concat(chunks).toString(),
        at: Date.now(),
      };
      this.received.push(received);
      const behaviour = this.behave(received, this.received.length);
      if (typeof behaviour === 'number') response.writeHead(behaviour).end();
      else behaviour(response, request);
    });
  }
}

function flat(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}
