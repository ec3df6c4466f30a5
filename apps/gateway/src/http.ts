import replyFrom from '@fastify/reply-from';
import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type FastifyServerOptions } from 'fastify';
import { Drain, sweepBuffers } from '@videoapi/chassis';
import { installBodyParsers } from './edge/body-parsers.js';
import { installHooks } from './edge/hooks.js';
import { installLargeBodies } from './edge/large-bodies.js';
import { RouteTable } from './edge/route-table.js';
import { answerUnreadable } from './edge/unreadable.js';

/** From the last byte sent to the first of the answer: by then uploads has stored the files. */
const uploadTimeoutMs = 60_000;

/** For Fastify itself, which answers in words of its own unless it is told better. */
export const fastifyOptions: FastifyServerOptions = {
  // An id that is too long is an id that is not there. Node ends an address long before this.
  routerOptions: { maxParamLength: 64 * 1024 },
  frameworkErrors: answerUnreadable,
};

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
