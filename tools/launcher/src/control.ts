import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type Supervised } from './supervised.js';

const actions: Readonly<Record<string, (target: Supervised) => Promise<void>>> = {
  kill: (target) => target.kill('SIGKILL'),
  terminate: (target) => target.kill('SIGTERM'),
  hang: (target) => target.kill('SIGSTOP'),
  resume: (target) => target.kill('SIGCONT'),
  stop: (target) => target.stop(),
  start: (target) => target.start(),
  wipe: (target) => target.wipe(),
};

/**
 * What chaos tests do to the stack, over HTTP on the loopback address: `GET /processes`, `POST /processes/<name>/<action>`.
 * A POST needs the header `x-videoapi-control`, which no page of a browser can send here.
 */
export async function startControl(port: number, all: readonly Supervised[]): Promise<Server> {
  const server = createServer((request, response) => {
    void answer(request, all).then(([status, body]) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

async function answer(request: IncomingMessage, all: readonly Supervised[]): Promise<[number, unknown]> {
  const [, resource, name, action = ''] = (request.url ?? '').split('/');
  if (resource !== 'processes') return [404, { error: 'no such path' }];
  if (request.method === 'GET') return [200, all.map(describe)];
  const target = all.find((candidate) => candidate.name === name);
  const act = actions[action];
  if (target === undefined || act === undefined) return [404, { error: `no ${name}, or no action ${action}` }];
  if (request.headers['x-videoapi-control'] === undefined) return [403, { error: 'needs x-videoapi-control' }];
  try {
    await act(target);
    return [200, describe(target)];
  } catch (error) {
    return [500, { error: String(error) }];
  }
}

function describe({ name, state, pid, restarts }: Supervised): object {
  return { name, state, pid, restarts };
}
