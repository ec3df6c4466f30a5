import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AppError } from '@videoapi/contracts';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { Authenticator } from '../api-key/authenticator.js';
import { KeyUsage } from '../api-key/key-usage.js';
import { Limiter, type RateState } from '../limit/limiter.js';
import { type Access, accessKey } from './access.js';

/** Before every handler: address limit, key, scope, key limit. In that order, so that noise costs the least. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly authenticator: Authenticator,
    private readonly limiter: Limiter,
    private readonly usage: KeyUsage,
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
    await this.admit(request, http.getResponse<FastifyReply>(), access);
    return true;
  }

  private async admit(request: FastifyRequest, reply: FastifyReply, access: Access): Promise<void> {
    const { authorization } = request.headers;
    if (access.kind === 'public' && authorization === undefined) return;
    const key = await this.authenticator.keyOf(authorization);
    request.edge.keyDialect = key.dialect;
    const caller = this.authenticator.callerOf(key);
    request.edge.caller = caller;
    if (access.kind === 'scope' && !caller.scopes.has(access.scope)) {
      throw new AppError('insufficient_scope', `This API key lacks the scope ${access.scope}.`, {
        details: { scope: access.scope },
      });
    }
    this.usage.note(caller.keyId);
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    try {
      const taken = this.limiter.take(caller, isRead);
      showRate(reply, taken instanceof Promise ? await taken : taken);
    } catch (error) {
      const { code, retryAfterMs = 0 } = AppError.from(error);
      const resetSeconds = Math.ceil(retryAfterMs / 1000);
      if (code === 'rate_limited') showRate(reply, { limit: caller.requestsPerMinute, remaining: 0, resetSeconds });
      throw error;
    }
    request.edge.mark('auth');
  }
}

function showRate(reply: FastifyReply, state: RateState): void {
  reply.header('ratelimit-limit', state.limit);
  reply.header('ratelimit-remaining', state.remaining);
  reply.header('ratelimit-reset', state.resetSeconds);
}
