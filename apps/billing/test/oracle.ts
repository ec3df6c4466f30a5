/** The ledger as anyone would write it down: one request after the other, loops over lots, nothing shared with `src`. */
export interface Lot {
  readonly key: string;
  remaining: bigint;
  readonly priority: number;
  readonly expires: number;
  readonly order: number;
}
interface OracleHold {
  readonly account: string;
  status: 'open' | 'settled' | 'released' | 'tombstone';
  readonly args: string;
  readonly amount: bigint;
  readonly rate: bigint;
  readonly parts: { lot: Lot; amount: bigint }[];
  charged: bigint;
  refunded: bigint;
}

export class Oracle {
  now = 0;
  rate = 1n;
  private order = 0;
  readonly holds = new Map<string, OracleHold>();
  readonly wallets = new Map<string, ReturnType<Oracle['newWallet']>>();

  private newWallet() {
    return {
      available: 0n,
      reserved: 0n,
      granted: 0n,
      settled: 0n,
      expired: 0n,
      clawed: 0n,
      version: 0n,
      lots: new Array<Lot>(),
    };
  }

  wallet(account: string) {
    const wallet = this.wallets.get(account) ?? this.newWallet();
    this.wallets.set(account, wallet);
    for (const lot of wallet.lots.filter((each) => each.expires <= this.now && each.remaining > 0n)) {
      wallet.available -= lot.remaining;
      wallet.expired += lot.remaining;
      wallet.version += 1n;
      lot.remaining = 0n;
    }
    return wallet;
  }

  addLot(account: string, key: string, amount: bigint, priority: number, expires: number): void {
    this.wallet(account).lots.push({ key, remaining: amount, priority, expires, order: (this.order += 1) });
  }

  grant(account: string, key: string, amount: bigint, priority: number, expires: number): void {
    const wallet = this.wallet(account);
    this.addLot(account, key, amount, priority, expires);
    wallet.available += amount;
    wallet.granted += amount;
    wallet.version += 1n;
  }

  /** Takes from the lots in burn order; the caller has checked that there is enough. */
  private burn(account: string, amount: bigint) {
    const parts: OracleHold['parts'] = [];
    const lots = this.wallet(account).lots.filter((lot) => lot.remaining > 0n);
    lots.sort((a, b) => a.priority - b.priority || a.expires - b.expires || a.order - b.order);
    for (const lot of lots) {
      const taken = lot.remaining < amount ? lot.remaining : amount;
      if (taken > 0n) parts.push({ lot, amount: taken });
      lot.remaining -= taken;
      amount -= taken;
    }
    return parts;
  }

  place(id: string, account: string, durationMs: bigint, max: bigint | undefined): string {
    const wallet = this.wallet(account);
    const hold = this.holds.get(id);
    const args = `${account}/${durationMs}`;
    if (hold?.status === 'tombstone') return 'cancelled';
    if (hold !== undefined) return hold.args === args ? `placed ${hold.amount}` : 'conflict';
    const amount = (durationMs * this.rate + 999n) / 1000n;
    if (max !== undefined && amount > max) return `over_max ${amount}`;
    if (amount > wallet.available) return `insufficient ${amount} ${wallet.available}`;
    const parts = this.burn(account, amount);
    this.holds.set(id, { account, status: 'open', args, amount, rate: this.rate, parts, charged: 0n, refunded: 0n });
    wallet.available -= amount;
    wallet.reserved += amount;
    wallet.version += 1n;
    return `placed ${amount}`;
  }

  /** `durationMs` undefined: a release. */
  resolve(id: string, account: string, durationMs: bigint | undefined): string {
    const wallet = this.wallet(account);
    const hold = this.holds.get(id);
    if (hold === undefined) {
      if (durationMs !== undefined) return 'refused unknown_hold';
      this.holds.set(id, {
        account,
        status: 'tombstone',
        args: '',
        amount: 0n,
        rate: 0n,
        parts: [],
        charged: 0n,
        refunded: 0n,
      });
      return 'released 0 0';
    }
    if (hold.account !== account) return 'refused other_account';
    if (hold.status !== 'open') {
      if (durationMs !== undefined && hold.status !== 'settled') return `uncollected ${hold.amount} 0`;
      return `${hold.status === 'settled' ? 'settled' : 'released'} ${hold.amount} ${hold.charged}`;
    }
    const worth = durationMs === undefined ? 0n : (durationMs * hold.rate + 999n) / 1000n;
    hold.charged = worth < hold.amount ? worth : hold.amount;
    hold.status = durationMs === undefined ? 'released' : 'settled';
    let consumed = hold.charged;
    let homeless = 0n;
    for (const { lot, amount } of hold.parts) {
      const used = consumed < amount ? consumed : amount;
      consumed -= used;
      if (lot.expires <= this.now) homeless += amount - used;
      else lot.remaining += amount - used;
    }
    if (homeless > 0n) this.addLot(account, `hold:${id}`, homeless, 50, this.now + 7);
    wallet.available += hold.amount - hold.charged;
    wallet.reserved -= hold.amount;
    wallet.settled += hold.charged;
    wallet.version += (hold.charged > 0n ? 1n : 0n) + (hold.amount > hold.charged ? 1n : 0n);
    return `${hold.status} ${hold.amount} ${hold.charged}`;
  }

  clawBack(account: string, amount: bigint): bigint {
    const wallet = this.wallet(account);
    const taken = amount < wallet.available ? amount : wallet.available;
    this.burn(account, taken);
    wallet.available -= taken;
    wallet.clawed += taken;
    wallet.version += taken > 0n ? 1n : 0n;
    return taken;
  }

  refund(id: string, key: string, amount: bigint): bigint {
    const hold = this.holds.get(id);
    if (hold === undefined) return 0n;
    const wallet = this.wallet(hold.account);
    const due = hold.charged - hold.refunded;
    const given = amount < due ? amount : due;
    if (given === 0n) return 0n;
    hold.refunded += given;
    this.addLot(hold.account, key, given, 50, this.now + 7);
    wallet.available += given;
    wallet.settled -= given;
    wallet.version += 1n;
    return given;
  }
}
