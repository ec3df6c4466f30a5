import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

export type Answer =
  | {
      readonly status: number;
      readonly body?: unknown;
      readonly raw?: Buffer;
      readonly headers?: Record<string, string>;
    }
  | 'reset'
  | 'silence';

/** A provider on this machine, answering as a test has it at the moment. */
export class FakeProvider {
  readonly asked: Asked[] = [];
  answer: (asked: Asked) => Answer = () => ({ status: 500 });

  private readonly server = createServer((request, response) => void this.serve(request, response));

  static async open(): Promise<FakeProvider> {
    const provider = new FakeProvider();
    await new Promise<void>((resolve) => provider.server.listen(0, '127.0.0.1', resolve));
    return provider;
  }

  get url(): string {
    const address = this.server.address() as AddressInfo;
    return `http://127.0.0.1:${address.port}`;
  }

  calls(method: string, path: string | RegExp): Asked[] {
    return this.asked.filter(
      (asked) => asked.method === method && (typeof path === 'string' ? asked.path === path : path.test(asked.path)),
    );
  }

  /** Hangs up on everybody. */
  cut(): void {
    this.server.closeAllConnections();
  }

  close(): void {
    this.cut();
    this.server.close();
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = new URL(request.url ?? '/', this.url);
    const text = Buffer.concat(chunks).toString();
    const isJson = request.headers['content-type'] === 'application/json';
    const asked = {
      method: request.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body: isJson ? (JSON.parse(text) as unknown) : text,
    };
    this.asked.push(asked);
    const answer = this.answer(asked);
    if (answer === 'silence') return;
    if (answer === 'reset') return void request.socket.destroy();
    const body = answer.raw ?? (answer.body === undefined ? '' : JSON.stringify(answer.body));
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
    response.end(body);
  }
}
