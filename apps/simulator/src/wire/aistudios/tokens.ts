import { randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { type Accounts } from '../../http/accounts.js';
import { Refusal } from '../../http/refusal.js';

const dayMs = 24 * 60 * 60 * 1000;
/** How many calls a token of an app `brief-…` serves: what happens to it afterwards happens to others once a day. */
const briefUses = 3;

interface Issued {
  readonly account: string;
  readonly endsAt: number;
  usesLeft: number;
}

/** Tokens made of an app's id and key, good for a day. */
export class OdinTokens {
  private readonly issued = new LRUCache<string, Issued>({ max: 10_000 });

  constructor(private readonly accounts: Accounts) {}

  /** Undefined for a pair that does not belong together. */
  issue(appId: string, userKey: string, now: number): string | undefined {
    if (appId.startsWith('bad-') || userKey !== this.accounts.secretOfAccessKey(appId)) return undefined;
    const token = randomBytes(24).toString('base64url');
    const usesLeft = appId.startsWith('brief-') ? briefUses : Infinity;
    this.issued.set(token, { account: this.accounts.accountOf(appId, userKey), endsAt: now + dayMs, usesLeft });
    return token;
  }

  /** The account of a bare token; `Bearer` before it makes it another one. Throws Refusal `bad_credentials`. */
  accountOf(header: string | undefined, now: number): string {
    const token = header === undefined ? undefined : this.issued.get(header);
    if (token === undefined || token.endsAt <= now || token.usesLeft < 1) {
      throw new Refusal('bad_credentials', 'Unauthorized');
    }
    token.usesLeft -= 1;
    return token.account;
  }
}
