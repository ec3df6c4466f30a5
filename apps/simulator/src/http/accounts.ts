import { createHash, timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { Refusal } from './refusal.js';

/**
 * Who calls. Any bearer key is an account of its own, unless one key is configured; a key that starts with `bad-` is
 * always refused, and so is such an access key. Keys are remembered only to sign callbacks with.
 */
export class Accounts {
  private readonly keys = new LRUCache<string, string>({ max: 1_000 });

  constructor(
    private readonly apiKey: string | undefined,
    private readonly callbackSecret: string | undefined,
  ) {}

  /** The account of an `authorization` header. Throws Refusal `bad_credentials`. */
  authorize(header: string | undefined): string {
    const key = /^Bearer +(\S+)$/i.exec(header ?? '')?.[1];
    if (key === undefined) throw new Refusal('bad_credentials', 'No API key was sent.');
    if (key.startsWith('bad-') || !this.accepts(key)) throw new Refusal('bad_credentials', 'The API key is not valid.');
    return this.remember(key, key);
  }

  /**
   * The account of whoever proved to be `principal` in another way: an access key, the issuer of a JWT, an app's id.
   * `secret` is what its callbacks are signed with. Throws Refusal `bad_credentials`.
   */
  accountOf(principal: string, secret: string): string {
    if (principal === '' || principal.startsWith('bad-')) {
      throw new Refusal('bad_credentials', 'The credentials are not valid.');
    }
    return this.remember(principal, secret);
  }

  /** What whoever signs with this access key must sign with: key pairs need no table. */
  secretOfAccessKey(accessKey: string): string {
    return `secret-of-${accessKey}`;
  }

  /** What callbacks to this account are signed with: the configured secret, else its own API key. */
  secretOf(account: string): string | undefined {
    return this.callbackSecret ?? this.keys.get(account) ?? this.apiKey;
  }

  private remember(principal: string, secret: string): string {
    const account = createHash('sha256').update(principal).digest('hex').slice(0, 16);
    this.keys.set(account, secret);
    return account;
  }

  private accepts(key: string): boolean {
    if (this.apiKey === undefined) return true;
    const [given, wanted] = [key, this.apiKey].map((text) => createHash('sha256').update(text).digest());
    return given !== undefined && wanted !== undefined && timingSafeEqual(given, wanted);
  }
}
