import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AppError } from '@videoapi/contracts';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { Limiter } from '../limit/limiter.js';
import { type Access, accessKey } from './access.js';
import { Admission } from './admission.js';

/** Before every handler: address limit, key, scope, key limit. In that order, so that noise costs the least. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly limiter: Limiter,
    private readonly admission: Admission,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const access = this.reflector.getAllAndOverride<Access | undefined>(accessKey, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (access === undefined) throw new AppError('internal_error', 'This route has no access rule.');
    this.limiter.takeAddress(request.ip);
    const isAnonymous = access.kind === 'public' && request.headers.authorization === undefined;
    if (isAnonymous || access.kind === 'own') return true;
    const scope = access.kind === 'scope' ? access.scope : undefined;
    await this.admission.admit(await this.admission.keyOf(request), scope, http.getResponse<FastifyReply>());
    return true;
  }
}
