import { Injectable } from '@nestjs/common';
import { AppError } from '@videoapi/contracts';
import { inTransaction } from '@videoapi/database';
import { OutboxRelay } from '@videoapi/messaging';
import { randomBytes } from 'node:crypto';
import { DataSource } from 'typeorm';
import { writeAudit } from '../admin/audit.js';
import { type Actor } from '../api-key/api-keys.js';
import { Authenticator } from '../api-key/authenticator.js';
import {
  type AccountLimits,
  type AccountRow,
  findAccount,
  insertAccount,
  listAccounts,
  setAccountStatus,
} from './account.store.js';

/** Accounts as an administrator handles them. */
@Injectable()
export class Accounts {
  constructor(
    private readonly source: DataSource,
    private readonly authenticator: Authenticator,
    private readonly relay: OutboxRelay,
  ) {}

  list(limit: number, after: string | undefined): Promise<AccountRow[]> {
    return listAccounts(this.source, limit, after);
  }

  /** Throws `not_found`. */
  get(id: string): Promise<AccountRow> {
    return findAccount(this.source, id);
  }

  /** With an `id` of the caller's choice a repeat is refused with `conflict` instead of making a second account. */
  create(request: { readonly id?: string; readonly name: string } & AccountLimits, actor: Actor): Promise<AccountRow> {
    const id = request.id ?? `acc_${randomBytes(8).toString('hex')}`;
    return inTransaction(this.source, async (tx) => {
      const row = await insertAccount(tx, { ...request, id });
      if (row === undefined)
        throw new AppError('conflict', 'There is already an account with this id.', { param: 'id' });
      const { caller, requestId } = actor;
      const detail = { name: request.name };
      await writeAudit(tx, {
        actor: caller.keyId,
        action: 'account.create',
        accountId: id,
        target: id,
        detail,
        requestId,
      });
      return row;
    });
  }

  /** Its keys stop working on every gateway; what is under way goes on. Throws `not_found`. */
  async setStatus(id: string, status: AccountRow['status'], { caller, requestId }: Actor): Promise<AccountRow> {
    const action = status === 'active' ? 'account.enable' : 'account.disable';
    const row = await inTransaction(this.source, async (tx) => {
      const changed = await setAccountStatus(tx, id, status);
      await writeAudit(tx, { actor: caller.keyId, action, accountId: id, target: id, detail: {}, requestId });
      return changed;
    });
    this.authenticator.forgetAccount(id);
    this.relay.nudge();
    return row;
  }
}
