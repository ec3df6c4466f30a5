import replyFrom from '@fastify/reply-from';
import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Drain, sweepBuffers } from '@videoapi/chassis';
import { installBodyParsers } from './edge/body-parsers.js';
import { installHooks } from './edge/hooks.js';
import { installLargeBodies } from './edge/large-bodies.js';
import { RouteTable } from './edge/route-table.js';

/** From the last byte sent to the first of the answer: by then uploads has stored the files. */
const uploadTimeoutMs = 60_000;

/** Everything about HTTP that is not a route. Runs before the routes are registered. */
export async function configureHttp(app: NestFastifyApplication): Promise<void> {
  const routes = app.get(RouteTable);
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRoute', (route) => routes.add(route));
  sweepBuffers(app.get(Drain).signal);
  installHooks(app);
  installBodyParsers(app);
  installLargeBodies(app);
  await app.register(replyFrom, {
    disableRequestLogging: true,
    retryMethods: [],
    undici: { connections: 64, headersTimeout: uploadTimeoutMs, bodyTimeout: uploadTimeoutMs, connectTimeout: 2_000 },
  });
}
