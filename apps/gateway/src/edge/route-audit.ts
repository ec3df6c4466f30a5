import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Routes } from './routes.js';

/**
 * Refuses to start when a route says neither which scope it needs nor that it is public, or when nothing describes it:
 * forgetting is not a default.
 */
@Injectable()
export class RouteAudit implements OnModuleInit {
  constructor(private readonly routes: Routes) {}

  onModuleInit(): void {
    const complain = (what: string, names: readonly string[]) => {
      if (names.length > 0) throw new Error(`Routes without ${what}: ${names.join(', ')}`);
    };
    const routes = this.routes.all();
    complain(
      'an access rule',
      routes.filter(({ access }) => access === undefined).map(({ name }) => name),
    );
    complain(
      'a description',
      routes.filter(({ operations }) => operations === undefined).map(({ name }) => name),
    );
  }
}
