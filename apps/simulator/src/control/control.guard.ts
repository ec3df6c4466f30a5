import { createHash, timingSafeEqual } from 'node:crypto';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';
import { Refusal } from '../http/refusal.js';

/** Whom the control API answers: this machine alone, or whoever has the configured token. */
export class ControlAccess {
  constructor(private readonly token: string | undefined) {}

  permits(ip: string, authorization: string | undefined): boolean {
    if (this.token === undefined) return /^(::ffff:)?127\.|^::1$/.test(ip);
    return authorization !== undefined && timingSafeEqual(digest(authorization), digest(`Bearer ${this.token}`));
  }
}

@Injectable()
export class ControlGuard implements CanActivate {
  constructor(private readonly access: ControlAccess) {}

  canActivate(context: ExecutionContext): boolean {
    const { ip, headers } = context.switchToHttp().getRequest<FastifyRequest>();
    if (this.access.permits(ip, headers.authorization)) return true;
    throw new Refusal('bad_credentials', 'The control API is not open to you.');
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
