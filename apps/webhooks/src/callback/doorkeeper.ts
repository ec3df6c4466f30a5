import { Injectable } from '@nestjs/common';
import { readCallbackToken } from '@videoapi/contracts';
import { type FastifyInstance } from 'fastify';
import { Settings } from '../settings.js';
import { type CallbackVerifier } from './verifier.js';

export const callbackPath = 'callbacks/:provider/:token';

/** Whom a callback address stands for. */
export interface Caller {
  readonly provider: string;
  readonly attemptId: string;
  readonly verifier: CallbackVerifier;
}

/** Looks at the address before a byte of the body is read, so that strangers cannot make us hold two megabytes each. */
@Injectable()
export class Doorkeeper {
  constructor(private readonly settings: Settings) {}

  guard(fastify: FastifyInstance): void {
    fastify.addHook<{ Params: { provider?: string; token?: string } }>('onRequest', (request, reply, done) => {
      if (request.routeOptions.url !== `/${callbackPath}` || this.callerOf(request.params) !== undefined) return done();
      // One answer for a provider we do not know, a token that is none and one that somebody made up.
      void reply.status(404).send({ error: 'not_found' });
    });
  }

  /** Undefined for an address that we never gave out. Always computes the token's signature when it has one's shape. */
  callerOf({ provider = '', token = '' }: { provider?: string; token?: string }): Caller | undefined {
    const attemptId = readCallbackToken(this.settings.callbackTokenKey, token);
    const verifier = Object.hasOwn(this.settings.verifiers, provider) ? this.settings.verifiers[provider] : undefined;
    if (attemptId === undefined || verifier === undefined) return undefined;
    return { provider, attemptId, verifier };
  }
}
