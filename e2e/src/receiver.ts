import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A customer's webhook endpoint on this machine. */
export class Receiver {
  private constructor(
    private readonly server: Server,
    readonly received: readonly Received[],
  ) {}

  /** @param answer the status for a request; 200 when left out. */
  static async open(answer: (received: Received) => number = () => 200): Promise<Receiver> {
    const received: Received[] = [];
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks).toString();
        const delivery = { path: request.url ?? '', headers: request.headers, body };
        received.push(delivery);
        response.writeHead(answer(delivery)).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    server.unref(); // a test that fails before it closes its receiver does not keep the run from ending
    return new Receiver(server, received);
  }

  url(path = '/hook'): string {
    const { port } = this.server.address() as AddressInfo;
    return `http://127.0.0.1:${port}${path}`;
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}
