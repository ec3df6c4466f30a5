import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { installBodyParsers } from './edge/body-parsers.js';
import { installHooks } from './edge/hooks.js';
import { RouteTable } from './edge/route-table.js';

/** Everything about HTTP that is not a route. Runs before the routes are registered. */
export function configureHttp(app: NestFastifyApplication): void {
  const routes = app.get(RouteTable);
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRoute', (route) => routes.add(route));
  installHooks(app);
  installBodyParsers(app);
}
