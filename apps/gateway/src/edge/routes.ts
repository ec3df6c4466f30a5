import { Injectable, RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/internal';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { type Operation } from '@videoapi/dialects';
import { operationsKey } from '../docs/describe.js';
import { type Access, accessKey } from './access.js';

/** A route as its controller declares it. */
export interface Route {
  /** `NativeController.create` */
  readonly name: string;
  readonly method: string;
  /** `/v1/videos/:id` */
  readonly path: string;
  /** Which of its addresses this is, of a handler that has several. */
  readonly position: number;
  readonly access: Access | undefined;
  readonly operations: readonly Operation[] | undefined;
}

/** Everything that this process serves, read from its controllers. */
@Injectable()
export class Routes {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
  ) {}

  all(): Route[] {
    return this.discovery.getControllers().flatMap(({ instance, metatype, name }) => {
      const prototype: object = Object.getPrototypeOf(instance);
      return this.scanner.getAllMethodNames(prototype).flatMap((method) => {
        const handler: unknown = Reflect.get(prototype, method);
        if (typeof handler !== 'function' || !Reflect.hasMetadata(PATH_METADATA, handler)) return [];
        const targets = metatype === null ? [handler] : [handler, metatype];
        const route = {
          name: `${name}.${method}`,
          method: RequestMethod[Number(Reflect.getMetadata(METHOD_METADATA, handler))] ?? 'ALL',
          access: this.reflector.getAllAndOverride<Access | undefined>(accessKey, targets),
          operations: this.reflector.get<readonly Operation[] | undefined>(operationsKey, handler),
        };
        const [head = ''] = pathsOf(metatype);
        return pathsOf(handler).map((tail, position) => ({ ...route, path: join(head, tail), position }));
      });
    });
  }
}

function pathsOf(declared: object | null): string[] {
  const path: unknown = declared === null ? '' : Reflect.getMetadata(PATH_METADATA, declared);
  return [path].flat().map(String);
}

function join(...parts: readonly string[]): string {
  return `/${parts
    .flatMap((part) => part.split('/'))
    .filter((part) => part !== '')
    .join('/')}`;
}
