import { sql } from '@videoapi/database';
import { type DataSource, type EntityManager } from 'typeorm';

export interface AuditEntry {
  /** The key that did it. */
  readonly actor: string;
  /** `api_key.create`, `account.disable`… */
  readonly action: string;
  readonly accountId: string | null;
  /** What it was done to. */
  readonly target: string | null;
  /** Never a secret. */
  readonly detail: Readonly<Record<string, unknown>>;
  readonly requestId: string;
}

export interface AuditRow {
  readonly id: string;
  readonly at: Date;
  readonly actor: string;
  readonly action: string;
  readonly account_id: string | null;
  readonly target: string | null;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly request_id: string | null;
}

/** In the transaction of the change itself, so that neither stands without the other. */
export async function writeAudit(tx: EntityManager | DataSource, entry: AuditEntry): Promise<void> {
  await sql(
    tx,
    `INSERT INTO audit_log (actor, action, account_id, target, detail, request_id) VALUES ($1, $2, $3, $4, $5, $6)`,
    [entry.actor, entry.action, entry.accountId, entry.target, JSON.stringify(entry.detail), entry.requestId],
  );
}

/** Newest first; `before` is the id of the last row of the page before. */
export function listAudit(
  source: DataSource,
  query: { readonly accountId?: string | undefined; readonly before?: string | undefined; readonly limit: number },
): Promise<AuditRow[]> {
  const { accountId, before = null, limit } = query;
  const page = (where: string) =>
    `SELECT id, at, actor, action, account_id, target, detail, request_id FROM audit_log
     WHERE ${where} id < coalesce($1, 9223372036854775807) ORDER BY id DESC LIMIT $2`;
  return accountId === undefined
    ? sql(source, page(''), [before, limit])
    : sql(source, page('account_id = $3 AND'), [before, limit, accountId]);
}
