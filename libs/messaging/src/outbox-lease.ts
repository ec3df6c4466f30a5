import { sql } from '@videoapi/database';
import { type DataSource } from 'typeorm';

/** How long a shard stays with a relay that says nothing. A relay that stalls longer may publish twice: harmless. */
const leaseSeconds = 5;
export const shardCount = 16;

export interface ShardLease {
  readonly shard: number;
  /** Grows with each change of hands, so that of two relays taking one shard only one succeeds. */
  readonly epoch: string;
  /** Undefined when nobody holds it, or its holder's time is up. */
  readonly holder: string | undefined;
}

/**
 * Which shards a relay should take over now: free ones first, then from whoever holds the most, until no other relay has
 * two more than itself. It never gives any away; the others come and take.
 */
export function shardsToTake(leases: readonly ShardLease[], self: string): ShardLease[] {
  const held = new Map<string, ShardLease[]>([[self, []]]);
  for (const lease of leases) {
    if (lease.holder !== undefined) held.set(lease.holder, [...(held.get(lease.holder) ?? []), lease]);
  }
  const fairShare = Math.ceil(leases.length / held.size);
  let mine = held.get(self)?.length ?? 0;
  held.delete(self);
  const taken = leases.filter(({ holder }) => holder === undefined).slice(0, Math.max(0, fairShare - mine));
  mine += taken.length;
  for (;;) {
    const richest = [...held.values()].sort((a, b) => b.length - a.length)[0];
    const next = richest !== undefined && richest.length - mine >= 2 ? richest.pop() : undefined;
    if (next === undefined) return taken;
    taken.push(next);
    mine += 1;
  }
}

/** The shards of one database's outbox that one relay holds. */
export class OutboxLease {
  constructor(
    private readonly source: DataSource,
    private readonly owner: string,
  ) {}

  /** Renews what is held, takes what is due. @returns all shards held now, and whether other relays hold some. */
  async renew(): Promise<{ shards: number[]; shared: boolean }> {
    await sql(this.source, renewHeld, [this.owner, leaseSeconds]);
    const rows = await sql<{ shard: number; epoch: string; holder: string | null }>(this.source, allLeases);
    const leases = rows.map(({ shard, epoch, holder }) => ({ shard, epoch, holder: holder ?? undefined }));
    const due = shardsToTake(leases, this.owner);
    const taken = due.length === 0 ? [] : await this.take(due);
    const held = leases.filter(({ holder }) => holder === this.owner).map(({ shard }) => shard);
    return {
      shards: [...held, ...taken],
      shared: leases.some(({ holder }) => holder !== undefined && holder !== this.owner),
    };
  }

  /** For a relay that stops: the others need not wait until its time is up. */
  async release(): Promise<void> {
    await sql(this.source, `UPDATE outbox_lease SET until = NULL, epoch = epoch + 1 WHERE owner = $1`, [this.owner]);
  }

  private async take(due: readonly ShardLease[]): Promise<number[]> {
    const rows = await sql<{ shard: number }>(this.source, takeOver, [
      this.owner,
      leaseSeconds,
      due.map(({ shard }) => shard),
      due.map(({ epoch }) => epoch),
    ]);
    return rows.map(({ shard }) => shard);
  }
}

const renewHeld = `UPDATE outbox_lease SET until = now() + make_interval(secs => $2) WHERE owner = $1 AND until > now()`;
const allLeases = `SELECT shard, epoch, CASE WHEN until > now() THEN owner END AS holder FROM outbox_lease ORDER BY shard`;
const takeOver = `UPDATE outbox_lease AS lease
   SET owner = $1, epoch = lease.epoch + 1, until = now() + make_interval(secs => $2)
  FROM unnest($3::smallint[], $4::bigint[]) AS due (shard, epoch)
 WHERE lease.shard = due.shard AND lease.epoch = due.epoch
RETURNING lease.shard`;
