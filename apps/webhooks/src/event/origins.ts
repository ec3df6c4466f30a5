import { Injectable } from '@nestjs/common';
import { inTransaction, sql } from '@videoapi/database';
import { DataSource, type EntityManager } from 'typeorm';
import { newId } from '../id.js';
import { Keys } from '../signing/keys.js';

const mostKnown = 20_000;

interface Origin {
  readonly accountId: string;
  /** Scheme, host and port. */
  readonly origin: string;
}

/**
 * The implicit endpoints: one per account and origin of its tasks' callback URLs, which is what caps and breakers hang on.
 * A row per URL would never end, since callers put a task's id into it.
 */
@Injectable()
export class Origins {
  /** They are never deleted, so an id that was found once stays right. */
  private readonly known = new Map<string, string>();

  constructor(
    private readonly source: DataSource,
    private readonly keys: Keys,
  ) {}

  /** Makes those that are missing, and for each account a key to sign with. After it, `idOf` knows them. */
  async ensure(callbacks: readonly { readonly accountId: string; readonly url: string }[]): Promise<void> {
    const missing = new Map<string, Origin>();
    for (const { accountId, url } of callbacks) {
      const key = keyOf(accountId, url);
      if (!this.known.has(key)) missing.set(key, { accountId, origin: new URL(url).origin });
    }
    if (missing.size === 0) return;
    const origins = [...missing.values()];
    const owners = [...new Set(origins.map(({ accountId }) => accountId))];
    const found = await inTransaction(this.source, async (tx) => {
      await this.keys.ensure(
        tx,
        owners.map((accountId) => ({ ownerId: accountId, accountId })),
      );
      return insertOrigins(tx, origins);
    });
    if (this.known.size > mostKnown) this.known.clear();
    for (const { id, accountId, url } of found) this.known.set(keyOf(accountId, url), id);
  }

  idOf(accountId: string, url: string): string | undefined {
    return this.known.get(keyOf(accountId, url));
  }
}

function keyOf(accountId: string, url: string): string {
  return `${accountId} ${new URL(url).origin}`;
}

/** @returns all of them, new or not */
async function insertOrigins(
  tx: EntityManager,
  origins: readonly Origin[],
): Promise<{ id: string; accountId: string; url: string }[]> {
  const accountIds = origins.map(({ accountId }) => accountId);
  const urls = origins.map(({ origin }) => origin);
  await sql(
    tx,
    `INSERT INTO endpoint (id, account_id, kind, url)
     SELECT id, account_id, 'implicit', url FROM unnest($1::text[], $2::text[], $3::text[]) AS o (id, account_id, url)
     ORDER BY account_id, url
     ON CONFLICT (account_id, url) WHERE kind = 'implicit' DO NOTHING`,
    [origins.map(() => newId('ep')), accountIds, urls],
  );
  return sql(
    tx,
    `SELECT id, account_id AS "accountId", url FROM endpoint JOIN unnest($1::text[], $2::text[]) AS o (a, u)
       ON account_id = a AND url = u AND kind = 'implicit'`,
    [accountIds, urls],
  );
}
