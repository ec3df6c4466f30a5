import {
  absentHold,
  argsHash,
  type Hold,
  judge,
  owed,
  type PlaceRequest,
  resolutions,
  type ResolveRequest,
  type Verdict,
  type Wallet,
} from './hold.js';
import { type Price, type Quote } from './price.js';

/** What a batch decides on, read after the wallets were locked. */
export interface Book {
  /** The database's clock. */
  readonly at: Date;
  /** By account. */
  readonly wallets: ReadonlyMap<string, LockedWallet>;
  readonly holds: ReadonlyMap<string, Hold>;
  readonly prices: readonly Price[];
}

export interface LockedWallet extends Wallet {
  readonly available: bigint;
  /** What expired on locking, in this transaction; `available` is without it. */
  readonly expired: bigint;
  /** Falling below it is an event; 0: never. */
  readonly lowWater: bigint;
  readonly version: bigint;
}

export type BatchRequest = PlaceRequest | ResolveRequest;

/** How a hold ended. A repeat gets the same, except for its `step`. */
export interface Resolution {
  readonly outcome: 'settled' | 'released' | 'uncollected';
  readonly held: bigint;
  readonly charged: bigint;
  readonly returned: bigint;
  readonly reason: string | null;
  readonly resolvedAt: Date;
  readonly step: Exclude<ResolutionStep, 'refuse'>;
  /** Settled at the quote, because the usage that its price needs was not reported. */
  readonly estimated?: boolean;
}
type ResolutionStep = (typeof resolutions)[Hold['status']][ResolveRequest['action']];

/** Nothing was done: nobody ever asked for this hold, or it is another account's. Both mean that an invariant broke. */
export interface Refusal {
  readonly refused: 'unknown_hold' | 'other_account';
}

export type Answer = Verdict | Resolution | Refusal;

export interface Decision {
  /** One per request, in the order of the requests. */
  readonly answers: readonly Answer[];
  readonly resolved: readonly Hold[];
  readonly buried: readonly Hold[];
  readonly placed: readonly NewHold[];
  readonly records: readonly LedgerRecord[];
  readonly low: readonly LowWallet[];
}

export interface NewHold {
  readonly request: PlaceRequest;
  readonly walletId: string;
  readonly quote: Quote;
  readonly argsHash: string;
}

/** Credits that nobody pays: a late success, or usage worth more than the quote. */
export interface LedgerRecord {
  readonly op: 'uncollected' | 'platform_loss';
  readonly taskId: string;
  readonly walletId: string;
  readonly amount: bigint;
}

/** A wallet that fell below its low-water mark in this batch. */
export interface LowWallet {
  readonly wallet: LockedWallet;
  readonly available: bigint;
}

/**
 * Decides a batch as if its requests came one by one: first what gives credit back, so that it is usable at once, then
 * holds, greedily in order of arrival. One that is too large for the wallet leaves room for a smaller one behind it.
 */
export function decide(book: Book, requests: readonly BatchRequest[]): Decision {
  const batch = new Batch(book);
  const answers: Answer[] = [];
  requests.forEach((request, index) => {
    if (request.action !== 'place') answers[index] = batch.resolve(request);
  });
  requests.forEach((request, index) => {
    if (request.action === 'place') answers[index] = batch.place(request);
  });
  return { answers, ...batch.movements() };
}

/** Once per crossing: not again while it stays below. */
export function fellLow({ lowWater }: LockedWallet, before: bigint, after: bigint): boolean {
  return before >= lowWater && after < lowWater;
}

/** The book as it changes while a batch is being decided, and what has to be written for that. */
class Batch {
  private readonly holds: Map<string, Hold>;
  private readonly available = new Map<string, bigint>();
  private readonly resolved: Hold[] = [];
  private readonly buried: Hold[] = [];
  private readonly placed: NewHold[] = [];
  private readonly records: LedgerRecord[] = [];
  private readonly low = new Map<string, LowWallet>();

  constructor(private readonly book: Book) {
    this.holds = new Map(book.holds);
    for (const wallet of book.wallets.values()) {
      this.available.set(wallet.id, wallet.available + wallet.expired);
      this.move(wallet, -wallet.expired);
    }
  }

  place(request: PlaceRequest): Verdict {
    const wallet = this.walletOf(request);
    const hold = this.holdOf(request, wallet);
    const verdict = judge(request, hold, wallet, this.availableIn(wallet), this.book.prices);
    if (verdict.verdict !== 'placed' || hold.status !== 'absent') return verdict;
    const { quote } = verdict;
    const placed = { request, walletId: wallet.id, quote, argsHash: argsHash(request) };
    this.placed.push(placed);
    this.holds.set(hold.id, { ...hold, status: 'open', quote, argsHash: placed.argsHash });
    this.move(wallet, -quote.amount);
    return verdict;
  }

  resolve(request: ResolveRequest): Resolution | Refusal {
    const wallet = this.walletOf(request);
    const hold = this.holdOf(request, wallet);
    if (hold.walletId !== wallet.id) return { refused: 'other_account' };
    const settlement = request.action === 'settle' ? owed(hold, request.usage) : undefined;
    const step = resolutions[hold.status][request.action];
    switch (step) {
      case 'refuse':
        return { refused: 'unknown_hold' };
      case 'repeat':
      case 'contradict':
        return this.resolution(hold, step);
      case 'bury':
        this.buried.push(this.end(hold, 'tombstone', 0n, request));
        break;
      case 'release':
        this.resolved.push(this.end(hold, 'released', 0n, request));
        break;
      case 'settle':
        this.resolved.push(this.end(hold, 'settled', settlement?.charged ?? 0n, request));
        this.record('platform_loss', hold, settlement?.loss ?? 0n);
        break;
      case 'uncollected':
        this.record('uncollected', hold, settlement?.charged ?? 0n);
        return { ...this.resolution(hold, step), outcome: 'uncollected' };
    }
    const ended = this.holdOf(request, wallet);
    const resolution = this.resolution(ended, step);
    this.move(wallet, resolution.returned);
    return settlement?.estimated === true ? { ...resolution, estimated: true } : resolution;
  }

  movements(): Omit<Decision, 'answers'> {
    const { resolved, buried, placed, records } = this;
    return { resolved, buried, placed, records, low: [...this.low.values()] };
  }

  private end(hold: Hold, status: Hold['status'], charged: bigint, request: ResolveRequest): Hold {
    const reason = request.action === 'release' ? request.reason : null;
    const ended = { ...hold, status, charged, reason, resolvedAt: this.book.at };
    this.holds.set(hold.id, ended);
    return ended;
  }

  private resolution(hold: Hold, step: Resolution['step']): Resolution {
    const held = hold.quote?.amount ?? 0n;
    return {
      outcome: hold.status === 'settled' ? 'settled' : 'released',
      held,
      charged: hold.charged,
      returned: held - hold.charged,
      reason: hold.reason,
      resolvedAt: hold.resolvedAt ?? this.book.at,
      step,
    };
  }

  private record(op: LedgerRecord['op'], hold: Hold, amount: bigint): void {
    if (op === 'platform_loss' && amount === 0n) return;
    this.records.push({ op, taskId: hold.id, walletId: hold.walletId, amount });
  }

  private move(wallet: LockedWallet, amount: bigint): void {
    const before = this.availableIn(wallet);
    const available = before + amount;
    this.available.set(wallet.id, available);
    if (fellLow(wallet, before, available)) this.low.set(wallet.id, { wallet, available });
  }

  private availableIn(wallet: LockedWallet): bigint {
    return this.available.get(wallet.id) ?? 0n;
  }

  private holdOf({ taskId }: BatchRequest, wallet: LockedWallet): Hold {
    return this.holds.get(taskId) ?? absentHold(taskId, wallet.id);
  }

  private walletOf({ accountId }: BatchRequest): LockedWallet {
    const wallet = this.book.wallets.get(accountId);
    if (wallet === undefined) throw new Error('the wallet of a request was not locked');
    return wallet;
  }
}
