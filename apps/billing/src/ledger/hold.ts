import { type PriceParams, type Usage } from '@videoapi/contracts';
import { createHash } from 'node:crypto';
import { type Price, type Quote, quoteFor, settle, type Settlement } from './price.js';

export interface Wallet {
  readonly id: string;
  readonly accountId: string;
  /** Frozen by the auditor: no new holds; what is held can still be resolved. */
  readonly status: 'active' | 'frozen';
  /** The account's own price list; `null`: only the default one. */
  readonly priceList: string | null;
}

/**
 * Two phases: open, then settled (at most the quote, the remainder back) or released. It resolves once. A tombstone is a
 * release that came before its hold, which can then never be placed.
 */
export interface Hold {
  readonly id: string;
  readonly walletId: string;
  readonly status: 'absent' | 'open' | 'settled' | 'released' | 'tombstone';
  /** The ceiling of the charge; `null`: it was never placed. */
  readonly quote: Quote | null;
  readonly charged: bigint;
  readonly argsHash: string | null;
  readonly reason: string | null;
  readonly resolvedAt: Date | null;
}

export function absentHold(id: string, walletId: string): Hold {
  return { id, walletId, status: 'absent', quote: null, charged: 0n, argsHash: null, reason: null, resolvedAt: null };
}

/** The hold's id is the task's. `params` are resolved: defaults filled in, `auto` = the model's maximum. */
export interface PlaceRequest {
  readonly action: 'place';
  readonly taskId: string;
  readonly accountId: string;
  readonly model: string;
  readonly params: PriceParams;
  readonly maxCredits?: bigint | undefined;
}

export interface SettleRequest {
  readonly action: 'settle';
  readonly taskId: string;
  readonly accountId: string;
  /** Measured facts, never an amount. */
  readonly usage: Usage;
}

export interface ReleaseRequest {
  readonly action: 'release';
  readonly taskId: string;
  readonly accountId: string;
  readonly reason: string;
}

export type ResolveRequest = SettleRequest | ReleaseRequest;

export type Verdict =
  | { readonly verdict: 'placed'; readonly quote: Quote }
  | { readonly verdict: 'insufficient'; readonly required: bigint; readonly available: bigint }
  | { readonly verdict: 'over_max'; readonly required: bigint }
  | { readonly verdict: 'no_price' | 'frozen' | 'cancelled' | 'conflict' };

/**
 * What a request to resolve does to a hold in each state. Whatever happened first stands: `repeat` and `contradict` change
 * nothing and answer with it; `uncollected` is a late success, recorded and never charged.
 */
export const resolutions = {
  absent: { settle: 'refuse', release: 'bury' },
  open: { settle: 'settle', release: 'release' },
  settled: { settle: 'repeat', release: 'contradict' },
  released: { settle: 'uncollected', release: 'repeat' },
  tombstone: { settle: 'uncollected', release: 'repeat' },
} as const satisfies Record<Hold['status'], Record<ResolveRequest['action'], string>>;

/** The verdict on a request, given the hold stored under its id and what the wallet has left at this point. */
export function judge(
  request: PlaceRequest,
  hold: Hold,
  wallet: Wallet,
  available: bigint,
  prices: readonly Price[],
): Verdict {
  if (hold.status === 'tombstone') return { verdict: 'cancelled' };
  // The price is no part of the hash: a repeat after a price change gets the stored quote.
  if (hold.quote !== null) {
    return hold.argsHash === argsHash(request) ? { verdict: 'placed', quote: hold.quote } : { verdict: 'conflict' };
  }
  if (wallet.status === 'frozen') return { verdict: 'frozen' };
  const quote = quoteFor(prices, wallet.priceList, request.model, request.params);
  if (quote === undefined) return { verdict: 'no_price' };
  const required = quote.amount;
  if (request.maxCredits !== undefined && required > request.maxCredits) return { verdict: 'over_max', required };
  if (required > available) return { verdict: 'insufficient', required, available };
  return { verdict: 'placed', quote };
}

/** What the usage costs under the hold's own quote; nothing without one. */
export function owed(hold: Hold, usage: Usage): Settlement {
  return hold.quote === null ? { charged: 0n, loss: 0n, estimated: false } : settle(hold.quote, usage);
}

/** Equal for a repeat of the same request: all that the quote depends on, and whose hold it is. */
export function argsHash({ accountId, model, params }: PlaceRequest): string {
  const { resolution, durationMs, audio, tokens } = params;
  return createHash('sha256')
    .update(JSON.stringify([accountId, model, resolution, durationMs, audio, tokens ?? null]))
    .digest('hex')
    .slice(0, 32);
}
