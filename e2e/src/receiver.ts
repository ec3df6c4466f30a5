import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A customer's webhook endpoint on this machine. */
export class Receiver {
  readonly received: Received[] = [];
  private server: Server | undefined;

  /** @param answer the status for a request; 200 when left out. */
  static async open(answer: (received: Received) => number = () => 200): Promise<Receiver> {
    const receiver = new Receiver();
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks).toString();
        const received = { path: request.url ?? '', headers: request.headers, body };
        receiver.received.push(received);
        response.writeHead(answer(received)).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    receiver.server = server;
    return receiver;
  }

  url(path = '/hook'): string {
    return `http://127.0.0.1:${this.port}${path}`;
  }

  close(): void {
    this.server?.close();
    this.server?.closeAllConnections();
  }

  private get port(): number {
    return (this.server?.address() as AddressInfo).port;
  }
}
