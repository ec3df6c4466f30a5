import { Logger } from '@nestjs/common';
import { seal, unseal } from '@videoapi/chassis';
import { AppError } from '@videoapi/contracts';
import { inTransaction } from '@videoapi/database';
import { type DataSource, type EntityManager } from 'typeorm';
import { deleteKeys, insertKeys, liveKeys, retireKeys, type SealedKey } from './key.store.js';
import { newKey } from './secret.js';

/** The master key in use. Another one gets the next version, and this service then knows both. */
const kekVersion = 1;
/** Live keys of one owner. */
const mostKeys = 5;
const mostOpened = 10_000;
const log = new Logger('keys');

export interface KeyOwner {
  /** An endpoint's id, or the account's own for its tasks' callback URLs. */
  readonly ownerId: string;
  readonly accountId: string;
}

/** Signing keys: sealed in the database, open only in here. */
export class Keys {
  /** Rows never change, so what was opened once stays right; which of them are live is asked every time. */
  private readonly opened = new Map<string, Buffer>();

  constructor(
    private readonly source: DataSource,
    private readonly kek: Buffer,
  ) {}

  /** Per owner its live keys, newest first. Owners without a readable one are left out. */
  async of(ownerIds: readonly string[], target: DataSource | EntityManager = this.source) {
    const keys = new Map<string, Buffer[]>();
    if (ownerIds.length === 0) return keys;
    for (const row of await liveKeys(target, ownerIds)) {
      const key = this.open(row);
      if (key === undefined) continue;
      const owned = keys.get(row.ownerId);
      if (owned === undefined) keys.set(row.ownerId, [key]);
      else owned.push(key);
    }
    return keys;
  }

  /** Makes the first key of each owner that has none. */
  async ensure(tx: EntityManager, owners: readonly KeyOwner[]): Promise<void> {
    await insertKeys(
      tx,
      owners.map((owner) => this.sealed(owner, 1, newKey())),
    );
  }

  /** The newest key; made now when there is none. */
  async current(owner: KeyOwner): Promise<Buffer> {
    const found = (await this.of([owner.ownerId])).get(owner.ownerId)?.[0];
    if (found !== undefined) return found;
    return inTransaction(this.source, async (tx) => {
      await this.ensure(tx, [owner]);
      const [made] = (await this.of([owner.ownerId], tx)).get(owner.ownerId) ?? [];
      if (made === undefined) throw new AppError('internal_error', 'A signing key was made and is not there.');
      return made;
    });
  }

  /** A new key, used at once; the ones before it go on signing beside it for the overlap. */
  async rotate(owner: KeyOwner, overlapSeconds: number, tx: EntityManager): Promise<Buffer> {
    const key = newKey();
    const last = await retireKeys(tx, owner.ownerId, { overlapSeconds, keep: mostKeys - 1 });
    await insertKeys(tx, [this.sealed(owner, last + 1, key)]);
    return key;
  }

  async remove(tx: EntityManager, ownerId: string): Promise<void> {
    await deleteKeys(tx, ownerId);
  }

  private sealed({ ownerId, accountId }: KeyOwner, serial: number, key: Buffer): SealedKey {
    const sealed = seal(this.kek, contextOf({ ownerId, serial, kekVersion }), key);
    return { ownerId, serial, accountId, kekVersion, sealed };
  }

  /** Undefined for one that does not open: the others of the same batch must not suffer from it. */
  private open(row: SealedKey): Buffer | undefined {
    const context = contextOf(row);
    const known = this.opened.get(context);
    if (known !== undefined) return known;
    try {
      const key = unseal(this.kek, context, row.sealed);
      if (this.opened.size >= mostOpened) this.opened.clear();
      this.opened.set(context, key);
      return key;
    } catch (error) {
      log.error({ event: 'signing_key_unreadable', ownerId: row.ownerId, serial: row.serial, err: error });
      return undefined;
    }
  }
}

function contextOf({ ownerId, serial, kekVersion: version }: Pick<SealedKey, 'ownerId' | 'serial' | 'kekVersion'>) {
  return `endpoint_secret|${ownerId}|${serial}|${version}`;
}
