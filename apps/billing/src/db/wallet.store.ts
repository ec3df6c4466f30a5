import { type getWallet, type listEntries, type RpcRequest, type RpcResponse } from '@videoapi/contracts';
import { sql } from '@videoapi/database';
import { type DataSource } from 'typeorm';

/** Lots that are past their date count no more, although they end only when the wallet is next locked. */
export async function readWallet(source: DataSource, accountId: string): Promise<RpcResponse<typeof getWallet>> {
  const [wallet] = await sql<RpcResponse<typeof getWallet>>(source, selectWallet, [accountId]);
  return wallet ?? { balance: '0', held: '0', available: '0' };
}

/** Newest first. A movement's sign is what it does to the available credits; a settlement's, to the held ones. */
export async function readEntries(
  source: DataSource,
  { accountId, limit, before }: RpcRequest<typeof listEntries>,
): Promise<RpcResponse<typeof listEntries>> {
  const rows = await sql<EntryRow>(source, selectEntries, [accountId, before ?? null, limit + 1]);
  return {
    entries: rows.slice(0, limit).map((row) => ({ ...row, createdAt: row.createdAt.toISOString() })),
    hasMore: rows.length > limit,
  };
}

type EntryOnWire = RpcResponse<typeof listEntries>['entries'][number];
interface EntryRow extends Omit<EntryOnWire, 'createdAt'> {
  readonly createdAt: Date;
}

const selectWallet = `
SELECT w.available + w.reserved - ended.sum AS balance, w.reserved AS held, w.available - ended.sum AS available
  FROM wallet w
  CROSS JOIN LATERAL (
    SELECT coalesce(sum(remaining), 0)::bigint AS sum FROM credit_lot
     WHERE wallet_id = w.id AND open AND expires_at <= clock()) ended
 WHERE w.account_id = $1`;

const selectEntries = `
SELECT e.version, e.kind, e.amount * CASE WHEN k.available <> 0 THEN k.available ELSE k.reserved END AS amount,
       e.available_after AS "availableAfter", e.reserved_after AS "reservedAfter", e.ref AS reference, e.created_at AS "createdAt"
  FROM entry e JOIN entry_kind k USING (kind)
 WHERE e.wallet_id = (SELECT id FROM wallet WHERE account_id = $1) AND e.version < coalesce($2, 9223372036854775807)
 ORDER BY e.version DESC
 LIMIT $3`;
