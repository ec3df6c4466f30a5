import { Injectable, type OnModuleInit, RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/internal';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { type Access, accessKey } from './access.js';

/** Refuses to start when a route says neither which scope it needs nor that it is public: forgetting is not a default. */
@Injectable()
export class RouteAudit implements OnModuleInit {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
  ) {}

  onModuleInit(): void {
    const open = this.routes().filter((route) => route.access === undefined);
    if (open.length > 0) {
      throw new Error(`Routes without an access rule: ${open.map((route) => route.name).join(', ')}`);
    }
  }

  private routes(): { readonly name: string; readonly access: Access | undefined }[] {
    return this.discovery.getControllers().flatMap(({ instance, metatype, name }) => {
      const prototype: object = Object.getPrototypeOf(instance);
      return this.scanner.getAllMethodNames(prototype).flatMap((method) => {
        const handler: unknown = Reflect.get(prototype, method);
        if (typeof handler !== 'function' || !Reflect.hasMetadata(PATH_METADATA, handler)) return [];
        const verb = RequestMethod[Number(Reflect.getMetadata(METHOD_METADATA, handler))];
        const targets = metatype === null ? [handler] : [handler, metatype];
        return {
          name: `${name}.${method} (${verb})`,
          access: this.reflector.getAllAndOverride<Access>(accessKey, targets),
        };
      });
    });
  }
}
