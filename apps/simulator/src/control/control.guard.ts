import { createHash, timingSafeEqual } from 'node:crypto';
import { type CanActivate, type ExecutionContext } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';
import { Refusal } from '../http/refusal.js';

/** The control API is for tests: open to this machine alone, or to whoever has the configured token. */
export class ControlGuard implements CanActivate {
  constructor(private readonly token: string | undefined) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const permitted =
      this.token === undefined ? isLoopback(request.ip) : same(request.headers.authorization, `Bearer ${this.token}`);
    if (!permitted) throw new Refusal('bad_credentials', 'The control API is not open to you.');
    return true;
  }
}

function isLoopback(ip: string): boolean {
  return /^(::ffff:)?127\.|^::1$/.test(ip);
}

function same(given: string | undefined, wanted: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return given !== undefined && timingSafeEqual(digest(given), digest(wanted));
}
