import { Injectable } from '@nestjs/common';
import { AppError } from '@videoapi/contracts';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { type KeyRow } from '../api-key/api-key.store.js';
import { Authenticator } from '../api-key/authenticator.js';
import { KeyUsage } from '../api-key/key-usage.js';
import { type Scope } from '../api-key/scope.js';
import { readSession } from '../api-key/session.js';
import { Limiter, type RateState } from '../limit/limiter.js';
import { isProjectPath } from './dialect-of.js';

/** Who calls, and may they: key, scope, rate. */
@Injectable()
export class Admission {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly limiter: Limiter,
    private readonly usage: KeyUsage,
  ) {}

  /**
   * The key that a request shows, whatever has become of it: `Bearer <key>`, and where AI Studios' clients call also the
   * bare key or a session. Throws `missing_api_key`, `invalid_api_key`, `api_key_expired`, `unavailable`.
   */
  async keyOf({ url, headers: { authorization = '' } }: Pick<FastifyRequest, 'url' | 'headers'>): Promise<KeyRow> {
    const isBareTaken = isProjectPath(url);
    const text = shown(authorization, isBareTaken);
    if (text === undefined) {
      const form = isBareTaken ? '<token>' : 'Bearer vga_…';
      throw new AppError('missing_api_key', `Send your API key as "Authorization: ${form}".`);
    }
    const session = isBareTaken ? readSession(text) : undefined;
    return session === undefined ? this.authenticator.keyOf(text) : this.authenticator.keyOfSession(session);
  }

  /**
   * Lets the key's owner in and spends one of its requests, which the answer's headers show. Throws the 401 that says why
   * it is not good any more, `insufficient_scope`, `rate_limited`, `unavailable`.
   */
  async admit(key: KeyRow, scope: Scope | undefined, reply: FastifyReply): Promise<void> {
    const { request } = reply;
    request.edge.keyDialect = key.dialect;
    const caller = this.authenticator.callerOf(key);
    request.edge.caller = caller;
    if (scope !== undefined && !caller.scopes.has(scope)) {
      throw new AppError('insufficient_scope', `This API key lacks the scope ${scope}.`, { details: { scope } });
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

function shown(authorization: string, isBareTaken: boolean): string | undefined {
  const bearer = /^bearer(?: +|$)(.*)$/i.exec(authorization)?.[1];
  if (bearer !== undefined) return bearer;
  return isBareTaken && authorization !== '' ? authorization : undefined;
}

function showRate(reply: FastifyReply, state: RateState): void {
  reply.header('ratelimit-limit', state.limit);
  reply.header('ratelimit-remaining', state.remaining);
  reply.header('ratelimit-reset', state.resetSeconds);
}
