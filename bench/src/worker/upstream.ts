import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';

/** When one call passed each station, by the attempt that it was for. Milliseconds of this process's clock. */
export interface Passage {
  orderedAt: number;
  arrivedAt: number;
  answeredAt: number;
}

export interface Upstream {
  readonly url: string;
  /** Calls that arrived and will never be answered. */
  readonly hangingCalls: number;
  close(): void;
}

/**
 * A provider on this machine that speaks the simulator's wire and thinks for a while, or for ever under `/hanging`. Notes
 * when calls arrive and when they are answered.
 */
export async function openUpstream(passages: ReadonlyMap<string, Passage>, thinkMs: number): Promise<Upstream> {
  let hangingCalls = 0;
  const answer = (response: ServerResponse, status: number, attemptId: string): void => {
    const passage = passages.get(attemptId);
    if (passage !== undefined) passage.arrivedAt = performance.now();
    setTimeout(() => {
      if (passage !== undefined) passage.answeredAt = performance.now();
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ id: attemptId, status: 'in_progress', progress: 10 }));
    }, thinkMs);
  };
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    const path = request.url ?? '/';
    if (path.startsWith('/hanging')) {
      hangingCalls += 1;
      return void request.resume();
    }
    if (request.method === 'GET') return answer(response, 200, path.slice(path.lastIndexOf('/') + 1));
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => answer(response, 201, referenceIn(Buffer.concat(chunks).toString())));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address: AddressInfo | string | null = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    url: `http://127.0.0.1:${port}`,
    get hangingCalls() {
      return hangingCalls;
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function referenceIn(body: string): string {
  return /"reference":"([^"]+)"/.exec(body)?.[1] ?? '';
}
