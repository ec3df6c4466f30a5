import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { type Accounts } from '../../http/accounts.js';
import { Refusal } from '../../http/refusal.js';
import { AuthRefusal } from './errors.js';

const jwt = /^Bearer +(eyJ[\w-]*)\.([\w-]+)\.([\w-]+)$/;
const header = z.object({ alg: z.literal('HS256') });
const claims = z.object({ iss: z.string(), exp: z.number(), nbf: z.number() });

/** A key of the console, which opens both generations. @throws AuthRefusal */
export function accountOfKey(accounts: Accounts, authorization: string | undefined): string {
  if (authorization === undefined || authorization === '') throw new AuthRefusal(1001, 'Authorization is empty');
  if (jwt.test(authorization)) throw new AuthRefusal(1002, 'The current API does not support AK/SK');
  return named(() => accounts.authorize(authorization), 'api key not found');
}

/** A key of the console, or a token signed with a pair of keys. `nowMs` since 1970. @throws AuthRefusal */
export function accountOf(accounts: Accounts, authorization: string | undefined, nowMs: number): string {
  const [, head, body, signature] = jwt.exec(authorization ?? '') ?? [];
  if (head === undefined || body === undefined || signature === undefined) return accountOfKey(accounts, authorization);
  const token = claims.safeParse(jsonOf(body)).data;
  if (token === undefined || !header.safeParse(jsonOf(head)).success)
    throw new AuthRefusal(1000, 'Authorization is invalid');
  const secret = accounts.secretOfAccessKey(token.iss);
  const mac = createHmac('sha256', secret).update(`${head}.${body}`).digest();
  const given = Buffer.from(signature, 'base64url');
  const account = named(() => accounts.accountOf(token.iss, secret), 'access key not found');
  if (given.length !== mac.length || !timingSafeEqual(given, mac)) throw new AuthRefusal(1000, 'signature is invalid');
  if (token.nbf > nowMs / 1000) throw new AuthRefusal(1003, 'Authorization is not yet valid');
  if (token.exp <= nowMs / 1000) throw new AuthRefusal(1004, 'Authorization has expired');
  return account;
}

function named(find: () => string, message: string): string {
  try {
    return find();
  } catch (error) {
    throw error instanceof Refusal ? new AuthRefusal(1002, message) : error;
  }
}

function jsonOf(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString());
  } catch {
    return undefined;
  }
}
