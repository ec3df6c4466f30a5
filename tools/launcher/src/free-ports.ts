import { once } from 'node:events';
import { createServer } from 'node:net';

/** @throws Error naming the first port that somebody else listens on */
export async function requireFree(ports: readonly number[]): Promise<void> {
  for (const port of ports) {
    const server = createServer().listen(port, '127.0.0.1');
    try {
      await once(server, 'listening');
    } catch (error) {
      throw new Error(`port ${port} is in use; VIDEOAPI_PORT_BASE moves all of them`, { cause: error });
    }
    server.close();
    await once(server, 'close');
  }
}
