import { Injectable } from '@nestjs/common';
import { inTransaction, sql } from '@videoapi/database';
import { DataSource, type EntityManager } from 'typeorm';
import { newId } from '../id.js';
import { Keys } from '../signing/keys.js';

const mostKnown = 20_000;

interface Callback {
  readonly accountId: string;
  readonly url: string;
}

interface Origin {
  readonly accountId: string;
  /** Scheme, host and port. */
  readonly origin: string;
}

/** Its url is the origin. */
interface OriginRow extends Callback {
  readonly id: string;
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

  /** Makes those that are missing, and for each account a key to sign with. @returns the endpoint of each URL given */
  async of(callbacks: readonly Callback[]): Promise<(callback: Callback) => string | undefined> {
    const found = new Map<string, string>();
    const missing = new Map<string, Origin>();
    for (const callback of callbacks) {
      const key = keyOf(callback);
      const id = this.known.get(key);
      if (id === undefined) missing.set(key, { accountId: callback.accountId, origin: new URL(callback.url).origin });
      else found.set(key, id);
    }
    for (const row of await this.make([...missing.values()])) found.set(keyOf(row), row.id);
    this.remember(found);
    return (callback) => found.get(keyOf(callback));
  }

  private make(origins: readonly Origin[]): Promise<OriginRow[]> {
    if (origins.length === 0) return Promise.resolve([]);
    const owners = [...new Set(origins.map(({ accountId }) => accountId))];
    return inTransaction(this.source, async (tx) => {
      await this.keys.ensure(
        tx,
        owners.map((accountId) => ({ ownerId: accountId, accountId })),
      );
      return insertOrigins(tx, origins);
    });
  }

  private remember(found: ReadonlyMap<string, string>): void {
    if (this.known.size > mostKnown) this.known.clear();
    for (const [key, id] of found) this.known.set(key, id);
  }
}

function keyOf({ accountId, url }: Callback): string {
  return `${accountId} ${new URL(url).origin}`;
}

/** @returns all of them, new or not */
async function insertOrigins(tx: EntityManager, origins: readonly Origin[]): Promise<OriginRow[]> {
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
