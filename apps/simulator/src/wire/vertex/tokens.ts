import { createPublicKey, randomBytes, verify } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { type Accounts } from '../../http/accounts.js';
import { Refusal } from '../../http/refusal.js';

const audience = 'https://oauth2.googleapis.com/token';
const scope = 'https://www.googleapis.com/auth/cloud-platform';
const grantType = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
/** Of a token and, at most, of an assertion. Seconds. */
const livesFor = 3_600;
/** Between clocks. Seconds. */
const skew = 300;

const header = z.object({ alg: z.literal('RS256'), kid: z.string() });
const claims = z.object({
  iss: z.string(),
  scope: z.literal(scope),
  aud: z.literal(audience),
  iat: z.number(),
  exp: z.number(),
});
const form = z.object({ grant_type: z.string(), assertion: z.string() });

export type Granted =
  | { readonly access_token: string; readonly expires_in: number; readonly token_type: 'Bearer' }
  | { readonly error: string; readonly error_description: string };

/**
 * The token endpoint of service accounts. There is no register of keys: the id of a key that the simulator takes is its
 * public half (SPKI in base64url), so that whoever holds the private one can prove it.
 */
export class OAuthTokens {
  private readonly accountsByToken = new LRUCache<string, string>({ max: 1_000, ttl: livesFor * 1000 });

  constructor(private readonly accounts: Accounts) {}

  /** `nowMs` since 1970. */
  grant(body: unknown, nowMs: number): Granted {
    const { grant_type: type, assertion = '' } = form.partial().safeParse(body).data ?? {};
    if (type !== grantType)
      return { error: 'unsupported_grant_type', error_description: `Invalid grant_type: ${type ?? ''}` };
    const [head = '', payload = '', signature = ''] = assertion.split('.');
    const { kid } = header.safeParse(jsonOf(head)).data ?? {};
    const claim = claims.safeParse(jsonOf(payload)).data;
    if (kid === undefined || claim === undefined) return invalidGrant('Bad Request');
    const now = nowMs / 1000;
    if (claim.iat > now + skew || claim.exp < now - skew || claim.exp - claim.iat > livesFor) {
      return invalidGrant('Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.');
    }
    if (!holds(kid, `${head}.${payload}`, signature)) return invalidGrant('Invalid JWT Signature.');
    const account = this.accountOf(claim.iss);
    if (account === undefined) return invalidGrant('Invalid grant: account not found');
    const token = `ya29.${randomBytes(32).toString('base64url')}`;
    this.accountsByToken.set(token, account);
    return { access_token: token, expires_in: livesFor - 1, token_type: 'Bearer' };
  }

  /** The account of an `authorization` header. @throws Refusal `bad_credentials` */
  authorize(authorization: string | undefined): string {
    const token = /^Bearer (ya29\.\S+)$/.exec(authorization ?? '')?.[1];
    const account = token === undefined ? undefined : this.accountsByToken.get(token);
    if (account === undefined) throw new Refusal('bad_credentials', 'The token is not known.');
    return account;
  }

  private accountOf(issuer: string): string | undefined {
    try {
      return this.accounts.accountOf(issuer, issuer);
    } catch (error) {
      if (error instanceof Refusal) return undefined;
      throw error;
    }
  }
}

function invalidGrant(description: string): Granted {
  return { error: 'invalid_grant', error_description: description };
}

function holds(publicKey: string, text: string, signature: string): boolean {
  try {
    const key = createPublicKey({ key: Buffer.from(publicKey, 'base64url'), format: 'der', type: 'spki' });
    return verify('sha256', Buffer.from(text), key, Buffer.from(signature, 'base64url'));
  } catch {
    return false;
  }
}

function jsonOf(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString());
  } catch {
    return undefined;
  }
}
