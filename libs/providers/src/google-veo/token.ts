import { sign } from 'node:crypto';
import { type Call, failureOf, isSuccess, type Reply, type TokenSource } from '@videoapi/provider-kit';
import { z } from 'zod';
import { errorIn } from './errors.js';

/** Whom the assertion is for, whatever address it is sent to. The `token_uri` of a key file is never looked at. */
const audience = 'https://oauth2.googleapis.com/token';
const scope = 'https://www.googleapis.com/auth/cloud-platform';
const grantType = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
/** Of an assertion. Seconds. */
const livesFor = 3_600;

const keySchema = z.object({ client_email: z.string(), private_key: z.string(), private_key_id: z.string() });
const tokenSchema = z.object({ access_token: z.string().min(1), expires_in: z.number().positive() });
const oauthErrorSchema = z.object({ error: z.string(), error_description: z.string().catch('') });

/** An hour's token for the JSON key of a service account. */
const serviceAccount: TokenSource = {
  name: 'google',
  credentials: ['serviceAccount'],

  mint({ serviceAccount: json = '' }, nowMs) {
    const assertion = assertionOf(keySchema.parse(JSON.parse(json)), nowMs);
    return { method: 'POST', host: 'oauth', path: '/token', form: { grant_type: grantType, assertion } };
  },

  read(reply) {
    const token = isSuccess(reply) ? tokenSchema.safeParse(reply.body).data : undefined;
    if (token !== undefined) return { token: token.access_token, livesMs: token.expires_in * 1000 };
    return { failure: noToken(reply) };
  },

  isRefused: (reply) => reply.status === 401 && errorIn(reply)?.status === 'UNAUTHENTICATED',
};

export const auth = { put: 'token', as: 'bearer', token: serviceAccount } as const satisfies Call['auth'];

/** A JWT signed with the account's own key, RS256. */
export function assertionOf(key: z.output<typeof keySchema>, nowMs: number): string {
  const issuedAt = Math.floor(nowMs / 1000);
  const head = { alg: 'RS256', typ: 'JWT', kid: key.private_key_id };
  const claims = { iss: key.client_email, scope, aud: audience, iat: issuedAt, exp: issuedAt + livesFor };
  const text = `${encode(head)}.${encode(claims)}`;
  return `${text}.${sign('sha256', Buffer.from(text), key.private_key).toString('base64url')}`;
}

/** `invalid_grant`: a deleted key, or a clock that is wrong. Both are the channel's. */
function noToken(reply: Reply) {
  const error = oauthErrorSchema.safeParse(reply.body).data;
  const message =
    error === undefined
      ? `The token request got status ${reply.status}.`
      : `${error.error}: ${error.error_description}`;
  if (reply.status === 429) return failureOf('rate_limited', message, reply);
  const isOurs = reply.status >= 400 && reply.status < 500 && reply.status !== 408;
  return failureOf(isOurs ? 'channel_credentials' : 'provider_unavailable', message, reply);
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
