import { type TaskMode } from '@videoapi/contracts';
import { sql } from '@videoapi/database';
import { type EntityManager } from 'typeorm';
import { type CatalogSnapshot, type RouteTarget } from '../catalog/snapshot.js';

/** A model that this channel serves, and the better channels that a task must have tried before it may come here. */
export interface Servable {
  readonly modelId: string;
  readonly mode: TaskMode;
  readonly upstreamModel: string;
  /** Seconds. */
  readonly cost: number;
  readonly betterChannels: readonly string[];
}

/** What `channelId` may take, given which channels have room now. */
export function servableBy(
  channelId: string,
  snapshot: CatalogSnapshot,
  hasRoom: (channelId: string) => boolean,
): readonly Servable[] {
  const modes: readonly TaskMode[] = channelId === snapshot.sandboxChannel ? ['live', 'test'] : ['live'];
  return snapshot.models.flatMap((model) =>
    modes.flatMap((mode) => {
      const routes = snapshot.routesOf(model.id, mode);
      const own = routes.find((route) => route.channelId === channelId);
      if (own === undefined) return [];
      return {
        modelId: model.id,
        mode,
        upstreamModel: own.upstreamModel,
        cost: model.p50Seconds,
        betterChannels: routes
          .filter((route) => isBetter(route, own) && hasRoom(route.channelId))
          .map((route) => route.channelId),
      };
    }),
  );
}

function isBetter(route: RouteTarget, own: RouteTarget): boolean {
  return route.priority < own.priority;
}

export async function channelsWithRoom(tx: EntityManager): Promise<ReadonlySet<string>> {
  const rows = await sql<{ channel_id: string }>(
    tx,
    `SELECT channel_id FROM provider_slot WHERE in_use < slot_limit AND not_before <= now() AND breaker = 'closed'`,
  );
  return new Set(rows.map((row) => row.channel_id));
}

export interface QueuedCandidate {
  readonly accountId: string;
  readonly taskId: string;
  readonly servable: Servable;
}

/** The oldest queued tasks of each account that this channel may take, at most `looked` an account. Not locked yet. */
export async function findQueued(
  tx: EntityManager,
  channelId: string,
  wanted: { readonly accounts: readonly string[]; readonly servables: readonly Servable[]; readonly looked: number },
): Promise<readonly QueuedCandidate[]> {
  const rows = await sql<{ account_id: string; id: string; servable: string }>(
    tx,
    `SELECT waiting.account_id, task.id, task.servable
     FROM unnest($2::text[]) AS waiting (account_id)
     CROSS JOIN LATERAL (
       SELECT queued.id, s.number AS servable
       FROM unnest($3::text[], $4::text[], $5::jsonb[]) WITH ORDINALITY AS s (model, mode, better, number)
       CROSS JOIN LATERAL (
         SELECT id FROM task
         WHERE is_queued AND account_id = waiting.account_id AND model = s.model AND mode = s.mode
           AND NOT tried_channels @> ARRAY[$1::text]
           AND tried_channels @> ARRAY(SELECT jsonb_array_elements_text(s.better))
         ORDER BY id LIMIT $6) AS queued
       ORDER BY queued.id LIMIT $6) AS task`,
    [
      channelId,
      wanted.accounts,
      wanted.servables.map((servable) => servable.modelId),
      wanted.servables.map((servable) => servable.mode),
      wanted.servables.map((servable) => JSON.stringify(servable.betterChannels)),
      wanted.looked,
    ],
  );
  return rows.flatMap((row) => {
    const servable = wanted.servables[Number(row.servable) - 1];
    return servable === undefined ? [] : { accountId: row.account_id, taskId: row.id, servable };
  });
}
