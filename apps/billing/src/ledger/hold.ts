import { type PriceParams, type Usage } from '@videoapi/contracts';
import { createHash } from 'node:crypto';
import { type Price, type Quote, quoteFor, settle } from './price.js';

export interface Wallet {
  readonly id: string;
  readonly accountId: string;
  readonly status: 'active' | 'frozen';
  /** Undefined: only the default one. */
  readonly priceList: string | null;
}

/** Two-phase: open, then settled (at most `amount`, the remainder back) or released. It resolves once. */
export type Hold =
  | {
      readonly id: string;
      readonly walletId: string;
      readonly status: 'open' | 'settled' | 'released';
      readonly amount: bigint;
      readonly settled: bigint;
      readonly argsHash: string;
      readonly quote: Quote;
      readonly reason: string | null;
      readonly resolvedAt: Date | null;
    }
  | Tombstone;

/** A release that came before its hold: the hold can never be placed. */
export interface Tombstone {
  readonly id: string;
  readonly walletId: string;
  readonly status: 'tombstone';
  readonly reason: string | null;
  readonly resolvedAt: Date | null;
}

/** Hold id = task id. `params` are resolved: defaults filled in, `auto` = the model's maximum. */
export interface PlaceRequest {
  readonly action: 'place';
  readonly taskId: string;
  readonly accountId: string;
  readonly model: string;
  readonly params: PriceParams;
  readonly maxCredits?: bigint | undefined;
}

export type ResolveRequest =
  | { readonly action: 'settle'; readonly taskId: string; readonly accountId: string; readonly usage: Usage }
  | { readonly action: 'release'; readonly taskId: string; readonly accountId: string; readonly reason: string };

export type Verdict =
  | { readonly verdict: 'placed'; readonly quote: Quote }
  | { readonly verdict: 'insufficient'; readonly required: bigint; readonly available: bigint }
  | { readonly verdict: 'over_max'; readonly required: bigint }
  | { readonly verdict: 'no_price' | 'frozen' | 'cancelled' | 'conflict' };

/** What a resolve request does to a hold in each state. Whatever happened first stands. */
export const resolutionSteps = {
  absent: { settle: 'refuse', release: 'bury' },
  open: { settle: 'settle', release: 'release' },
  settled: { settle: 'repeat', release: 'contradict' },
  released: { settle: 'uncollected', release: 'repeat' },
  tombstone: { settle: 'uncollected', release: 'repeat' },
} as const satisfies Record<Hold['status'] | 'absent', Record<ResolveRequest['action'], string>>;

/** The verdict on a request, given the stored hold of that id and what the wallet has available at this point. */
export function judge(
  request: PlaceRequest,
  wallet: Wallet,
  available: bigint,
  hold: Hold | undefined,
  prices: readonly Price[],
): Verdict {
  if (hold?.status === 'tombstone') return { verdict: 'cancelled' };
  // The price is not part of the hash: a repeat after a price change gets the stored quote.
  if (hold !== undefined) {
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

/** What an open hold becomes. A missing measure settles at the quote. */
export function resolveOpen<Open extends Exclude<Hold, Tombstone>>(hold: Open, request: ResolveRequest, at: Date) {
  if (request.action === 'release') {
    return { ...hold, status: 'released', settled: 0n, reason: request.reason, resolvedAt: at, loss: 0n } as const;
  }
  const { charged, loss, estimated } = settle(hold.quote, request.usage);
  return { ...hold, status: 'settled', settled: charged, resolvedAt: at, loss, estimated } as const;
}

/** One request, one hash: whatever the price depends on and whose hold it is. */
export function argsHash({ accountId, model, params }: PlaceRequest): string {
  const { resolution, durationMs, audio, tokens } = params;
  return createHash('sha256')
    .update(JSON.stringify([accountId, model, resolution, durationMs, audio, tokens ?? null]))
    .digest('hex')
    .slice(0, 32);
}
