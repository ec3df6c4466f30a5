import { once } from 'node:events';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import { pngImage } from './samples.js';

/** Where customers keep their files: one address that this stack may call (global-setup says so), and one that it may not. */
export interface AssetSite {
  /** A file under the address that may be called. */
  url(path: keyof typeof files): string;
  /** The same file under the address that may not be called, or under a name that resolves to it. */
  forbidden(path: keyof typeof files, name?: string): string;
  /** What was asked for, as `address path`, in order. */
  readonly calls: readonly string[];
  /** Bodies that were still being sent when the other side hung up. */
  readonly cutShort: readonly string[];
  close(): Promise<void>;
}

export async function openAssetSite(): Promise<AssetSite> {
  const [allowed = '', port = ''] = (process.env['E2E_ASSET_SITE'] ?? '').split(':');
  const calls: string[] = [];
  const cutShort: string[] = [];
  const listener: RequestListener = (request, response) => {
    const path = request.url ?? '';
    calls.push(`${request.socket.localAddress} ${path}`);
    response.on('close', () => response.writableFinished || cutShort.push(path));
    const file = Object.entries(files).find(([name]) => name === path)?.[1];
    if (file === undefined) response.writeHead(404).end();
    else file(response, Number(port));
  };
  const servers = await Promise.all(
    [allowed, '127.0.0.1'].map(async (address) => {
      const server = createServer(listener).listen(Number(port), address);
      await once(server, 'listening');
      return server;
    }),
  );
  return {
    url: (path) => `http://${allowed}:${port}${path}`,
    forbidden: (path, name = '127.0.0.1') => `http://${name}:${port}${path}`,
    calls,
    cutShort,
    close: async () => {
      const closed = servers.map((server) => once(server, 'close'));
      for (const server of servers) server.close().closeAllConnections();
      await Promise.all(closed);
    },
  };
}

const tenGigabytes = 10_000_000_000;
/** More than the platform reads to see what a file is. */
const beginning = Buffer.concat([pngImage(), Buffer.alloc(100_000)]);

/** Each of them would pass as a picture, if it were not for the one thing that is wrong with it. */
const files = {
  '/good.png': (response: ServerResponse) => {
    response.writeHead(200, { 'content-length': pngImage().length }).end(pngImage());
  },
  '/to-good.png': redirect(() => '/good.png'),
  '/to-loopback.png': redirect((port) => `http://127.0.0.1:${port}/good.png`),
  '/to-loopback-by-name.png': redirect((port) => `http://localhost:${port}/good.png`),
  '/to-metadata.png': redirect(() => 'http://169.254.169.254/latest/meta-data/'),
  '/round-and-round.png': redirect(() => '/round-and-round.png'),
  '/declares-10-gb.png': (response: ServerResponse) => {
    response.writeHead(200, { 'content-length': tenGigabytes }).write(beginning);
  },
  '/part-of-10-gb.png': (response: ServerResponse) => {
    const part = beginning.subarray(0, 65_536);
    const range = `bytes 0-${part.length - 1}/${tenGigabytes}`;
    response.writeHead(206, { 'content-length': part.length, 'content-range': range }).end(part);
  },
  '/without-end.png': (response: ServerResponse) => {
    response.writeHead(200).write(beginning);
    const more = (): void => void (response.destroyed || response.write(beginning, more));
    more();
  },
} as const;

function redirect(to: (port: number) => string) {
  return (response: ServerResponse, port: number): void => {
    response.writeHead(302, { location: to(port) }).end();
  };
}
