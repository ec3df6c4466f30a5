import { createHash } from 'node:crypto';
import { type ChannelTarget, type Failure } from '@videoapi/contracts';

/** A token is renewed when so much of its life is over, so that none runs out on its way. */
const usedShare = 0.9;
/** Far more than any installation has channels; the oldest goes first. */
const mostKept = 10_000;

export interface Token {
  readonly key: string;
  readonly value: string;
}

/** Why there is no token: the provider's answer, or the lack of one. */
export type Minted =
  | { readonly token: string; readonly livesMs: number }
  | { readonly missing: 'credential' | 'network'; readonly reason: string }
  | { readonly failure: Failure };

interface Kept {
  readonly value: string;
  readonly renewAt: number;
  readonly endsAt: number;
}

/** Tokens that are still good, and the mints under way: whoever needs the same one waits for the same mint. */
export class Tokens {
  private readonly kept = new Map<string, Kept>();
  private readonly minting = new Map<string, Promise<Minted>>();

  /** @param now milliseconds of a clock that never goes back */
  constructor(private readonly now: () => number) {}

  /** `mint` never rejects. A token that is due for renewal still serves when it cannot be renewed. */
  async obtain(key: string, mint: () => Promise<Minted>): Promise<Token | Exclude<Minted, { token: string }>> {
    const kept = this.kept.get(key);
    if (kept !== undefined && this.now() < kept.renewAt) return { key, value: kept.value };
    const minted = await this.share(key, mint);
    if ('token' in minted) return { key, value: minted.token };
    const isAlive = kept !== undefined && this.kept.get(key) === kept && this.now() < kept.endsAt;
    return isAlive ? { key, value: kept.value } : minted;
  }

  /** A token that was refused is not used again; one that has taken its place stays. */
  drop({ key, value }: Token): void {
    if (this.kept.get(key)?.value === value) this.kept.delete(key);
  }

  private share(key: string, mint: () => Promise<Minted>): Promise<Minted> {
    const underWay = this.minting.get(key);
    if (underWay !== undefined) return underWay;
    const startedAt = this.now();
    const minting = mint().then((minted) => {
      this.minting.delete(key);
      if ('token' in minted) this.keep(key, minted, startedAt);
      return minted;
    });
    this.minting.set(key, minting);
    return minting;
  }

  private keep(key: string, { token, livesMs }: Extract<Minted, { token: string }>, startedAt: number): void {
    this.kept.delete(key);
    if (!(livesMs > 0)) return;
    this.kept.set(key, { value: token, renewAt: startedAt + livesMs * usedShare, endsAt: startedAt + livesMs });
    const [oldest] = this.kept.keys();
    if (this.kept.size > mostKept && oldest !== undefined) this.kept.delete(oldest);
  }
}

/** Another credential, another place or another channel: another token. The secrets themselves are not kept. */
export function tokenKey(
  { id, provider, baseUrl, options }: ChannelTarget,
  name: string,
  secrets: Readonly<Record<string, string>>,
): string {
  return createHash('sha256')
    .update(JSON.stringify([id, provider, baseUrl, options['hosts'] ?? null, name, secrets]))
    .digest('base64');
}
