import { renderOf } from '@videoapi/contracts';
import { jsonRows, sql } from '@videoapi/database';
import { type EntityManager } from 'typeorm';
import { type CatalogSnapshot } from '../catalog/snapshot.js';
import { type TaskObservation } from '../task/observation.js';
import { type AttemptRecord } from '../task/task.js';
import { type Observed } from './applied.js';

/** An attempt is said to have a render. */
export interface Claim {
  readonly provider: string;
  readonly id: string;
  readonly attemptId: string;
  readonly report: TaskObservation;
  /** The provider said so itself, in its answer to the submit or a look-up. */
  readonly isOwn: boolean;
}

/**
 * Of providers whose renders can be adopted: elsewhere nobody names a render but the provider's own answer. By provider, not
 * by channel, for two channels may have one key.
 */
export function claimsOf(
  items: readonly Observed[],
  attempts: readonly AttemptRecord[],
  snapshot: CatalogSnapshot,
): Claim[] {
  const accepted = items.flatMap(({ observation }) => (observation.kind === 'accepted' ? [observation] : []));
  if (accepted.length === 0) return [];
  const known = new Map(attempts.map((attempt) => [attempt.id, attempt]));
  return accepted.flatMap((report) => {
    const attempt = known.get(report.attemptId);
    const id = renderOf(report.handle);
    if (attempt === undefined || id === undefined || snapshot.adapter(attempt.channelId)?.adopt !== true) return [];
    const isOwn = report.upstreamId === undefined;
    return { provider: attempt.provider, id, attemptId: attempt.id, report, isOwn };
  });
}

/**
 * Writes down who has which render, the first one for ever, and returns the reports of all others. Two replicas that claim one
 * render wait for each other here, in the order of the key, after all their rows are locked.
 */
export async function claimRenders(tx: EntityManager, claims: readonly Claim[]): Promise<ReadonlySet<TaskObservation>> {
  if (claims.length === 0) return new Set();
  // Within one batch the provider's own answer comes first.
  const ownFirst = claims.toSorted((a, b) => Number(b.isOwn) - Number(a.isOwn));
  const rows = [...Map.groupBy(ownFirst, keyOf).values()].flatMap(([first]) => first ?? []);
  // The update changes nothing: it is what makes the row of another be returned, also one committed in this moment.
  const holders = await sql<{ provider: string; id: string; attemptId: string }>(
    tx,
    `INSERT INTO render (provider, id, attempt_id)
     SELECT provider, id, "attemptId" FROM ${jsonRows('$1', columns)} AS r ORDER BY provider COLLATE "C", id COLLATE "C"
     ON CONFLICT (provider, id) DO UPDATE SET attempt_id = render.attempt_id
     RETURNING provider, id, attempt_id AS "attemptId"`,
    [JSON.stringify(rows.map(({ provider, id, attemptId }) => ({ provider, id, attemptId })))],
  );
  const holderOf = new Map(holders.map((holder) => [keyOf(holder), holder.attemptId]));
  return new Set(claims.flatMap((claim) => (holderOf.get(keyOf(claim)) === claim.attemptId ? [] : claim.report)));
}

const columns = { provider: 'text', id: 'text', attemptId: 'uuid' } as const;

function keyOf({ provider, id }: Pick<Claim, 'provider' | 'id'>): string {
  return `${provider} ${id}`;
}
