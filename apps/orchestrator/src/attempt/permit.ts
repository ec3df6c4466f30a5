import { type RpcRequest, type RpcResponse, type beginSubmit } from '@videoapi/contracts';
import { sql } from '@videoapi/database';
import { type DataSource } from 'typeorm';

export type PermitRequest = RpcRequest<typeof beginSubmit>['attempts'][number];
export type Permit = RpcResponse<typeof beginSubmit>['permits'][number];

interface Row {
  readonly id: string;
  readonly is_open: boolean;
  readonly epoch: number;
  readonly granted: number | null;
  /** How long ago the call was permitted that this statement found. */
  readonly call_age_ms: number | null;
}

/**
 * Stamps `call_started_at` once for each attempt, and once more for whoever surely found nothing under the epoch before.
 * Locks in id order: reports about the same attempts lock them too.
 */
const grant = `WITH asked AS MATERIALIZED (
      SELECT a.id, a.epoch, a.state IN ('submitting', 'unknown') AS is_open, a.state, a.call_started_at, r.absent
      FROM attempt a JOIN unnest($1::uuid[], $2::int[]) AS r (id, absent) ON r.id = a.id
      WHERE a.id = ANY($1::uuid[]) ORDER BY a.id FOR UPDATE OF a),
    granted AS (
      UPDATE attempt a SET call_started_at = now(), epoch = a.epoch + 1, state = 'submitting' FROM asked
      WHERE a.id = asked.id AND a.id = ANY($1::uuid[]) AND asked.is_open
        AND (asked.call_started_at IS NULL OR asked.absent = asked.epoch)
      RETURNING a.id, a.epoch)
    SELECT asked.id, asked.is_open, asked.epoch, granted.epoch AS granted,
      least(greatest(extract(epoch FROM now() - asked.call_started_at) * 1000, 0), 2147483647)::int AS call_age_ms
    FROM asked LEFT JOIN granted USING (id)`;

/** One statement for all. An answer that gets lost is never a second `go`: the caller then has to look up. */
export async function grantPermits(source: DataSource, requests: readonly PermitRequest[]): Promise<Permit[]> {
  const first = new Map(requests.toReversed().map((request) => [request.attemptId, request]));
  const distinct = [...first.values()];
  const rows = await sql<Row>(source, grant, [
    distinct.map((request) => request.attemptId),
    distinct.map((request) => request.absentEpoch ?? null),
  ]);
  const byId = new Map(rows.map((row) => [row.id, row]));
  return requests.map((request) => permitOf(request, byId.get(request.attemptId), first));
}

/** Of two that ask in the same moment only the first may go. */
function permitOf(request: PermitRequest, row: Row | undefined, first: ReadonlyMap<string, PermitRequest>): Permit {
  const { attemptId } = request;
  if (row === undefined) return { attemptId, permit: 'stop', epoch: 0 };
  if (row.granted !== null) {
    if (first.get(attemptId) === request) return { attemptId, permit: 'go', epoch: row.granted };
    return { attemptId, permit: 'look_up', epoch: row.granted, callAgeMs: 0 };
  }
  if (!row.is_open) return { attemptId, permit: 'stop', epoch: row.epoch };
  return { attemptId, permit: 'look_up', epoch: row.epoch, callAgeMs: row.call_age_ms ?? 0 };
}
