import { type FailureCode } from '@videoapi/contracts';
import { codeOfStatus, failureOf, type Call, type Reply, type TokenSource } from '@videoapi/provider-kit';
import { z } from 'zod';
import { dataOf, isAboutToken, meaningOf, refusalIn } from './envelope.js';

const dayMs = 24 * 60 * 60 * 1000;

/** `appId` and `userKey` make a token for a day. There is no refresh; what a new one does to the old one is not said. */
const token: TokenSource = {
  name: 'odin',
  credentials: ['appId', 'userKey'],

  mint: ({ appId, userKey }) => ({ method: 'POST', path: '/api/odin/v3/auth/token', json: { appId, userKey } }),

  read(reply) {
    const minted = dataOf(reply, z.object({ token: z.string().min(1) }))?.token;
    return minted === undefined
      ? { failure: failureOf(codeOfNo(reply), wordsIn(reply)) }
      : { token: minted, livesMs: dayMs };
  },

  isRefused: (reply) => isAboutToken(reply, refusalIn(reply)),
};

/** The bare token, without `Bearer`. */
export const auth = { put: 'token', as: { header: 'authorization' }, token } as const satisfies Call['auth'];

/** Nothing of a customer's is in this call: a clear no is about our pair, unless its code or status says otherwise. */
function codeOfNo(reply: Reply): FailureCode {
  const refusal = refusalIn(reply);
  if (refusal === undefined && reply.status < 300) return 'provider_unavailable';
  const code = meaningOf(refusal) ?? (reply.status < 300 ? 'channel_credentials' : codeOfStatus(reply.status));
  return code === 'invalid_request' || code === 'content_rejected' ? 'channel_credentials' : code;
}

function wordsIn(reply: Reply): string {
  return refusalIn(reply)?.msg ?? 'no token in the answer';
}
