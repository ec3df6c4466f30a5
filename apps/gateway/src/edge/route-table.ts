import { Injectable } from '@nestjs/common';
import { type RouteOptions } from 'fastify';

interface Entry {
  readonly url: string;
  readonly pattern: RegExp;
  readonly methods: readonly string[];
}

/** Which methods an address takes, so that the wrong one is told 405 and not 404. */
@Injectable()
export class RouteTable {
  private readonly entries: Entry[] = [];

  add({ url, method }: Pick<RouteOptions, 'url' | 'method'>): void {
    const parts = url.split('/').map((part) => (part.startsWith(':') ? '[^/]+' : part.replace(/[^\w-]/g, '\\$&')));
    this.entries.push({ url, pattern: new RegExp(`^${parts.join('/')}/?$`), methods: [method].flat() });
  }

  /** `GET /v1/models/:id`, for everything that Fastify serves. */
  names(): string[] {
    return this.entries.flatMap(({ url, methods }) => methods.map((method) => `${method} ${url}`)).toSorted();
  }

  methodsOf(url: string): string[] {
    const path = url.split('?', 1)[0] ?? '';
    const methods = this.entries.filter((entry) => entry.pattern.test(path)).flatMap((entry) => entry.methods);
    return [...new Set(methods)].toSorted();
  }
}
