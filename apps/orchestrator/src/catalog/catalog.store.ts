import { createHash } from 'node:crypto';
import { type Catalog, type Channel, channel, model } from '@videoapi/contracts';
import { sql } from '@videoapi/database';
import { type DataSource, type EntityManager } from 'typeorm';
import { type CatalogState, type Edition } from './snapshot.js';

/** Equal catalogues have equal revisions, however their files are written. */
export function revisionOf(catalog: Catalog): string {
  return createHash('sha256').update(JSON.stringify(catalog)).digest('hex').slice(0, 16);
}

export async function readEdition(source: DataSource | EntityManager): Promise<Edition | undefined> {
  const [row] = await sql<Edition>(
    source,
    `SELECT revision, credentials_version AS "credentialsVersion" FROM catalog_state`,
  );
  return row;
}

/** One statement, so that it is one consistent catalogue. Undefined before the first is applied. */
export async function readCatalog(source: DataSource | EntityManager): Promise<CatalogState | undefined> {
  const [row] = await sql<StateRow>(
    source,
    `SELECT s.revision, s.credentials_version, s.sandbox_channel,
       (SELECT coalesce(jsonb_agg(m.definition || jsonb_build_object('routes',
          (SELECT coalesce(jsonb_agg(r.definition ORDER BY r.position), '[]') FROM route r WHERE r.model_id = m.id))
          ORDER BY m.position), '[]') FROM model m) AS models,
       (SELECT coalesce(jsonb_agg(c.definition || jsonb_build_object('draining', c.draining, 'entered',
          (SELECT coalesce(jsonb_object_agg(e.name, e.sealed), '{}') FROM channel_credential e WHERE e.channel_id = c.id))
          ORDER BY c.id), '[]') FROM channel c) AS channels
     FROM catalog_state s`,
  );
  if (row === undefined) return undefined;
  return {
    revision: row.revision,
    credentialsVersion: row.credentials_version,
    sandboxChannel: row.sandbox_channel,
    models: row.models.map((definition) => model.parse(definition)),
    channels: row.channels.map((definition) => inForce(channel.parse(definition), definition)),
  };
}

/** What was entered goes before what the catalogue names. */
function inForce(definition: Channel, { draining, entered }: ChannelRow): CatalogState['channels'][number] {
  return { ...definition, credentials: { ...definition.credentials, ...entered }, draining };
}

/**
 * Replaces the catalogue. A model that is missing from the new one goes at once (its running tasks know all they need); a
 * channel goes when no attempt is open on it, until then it drains. Returns false when it was already in force.
 */
export async function writeCatalog(tx: EntityManager, catalog: Catalog): Promise<boolean> {
  const revision = revisionOf(catalog);
  await sql(tx, `SELECT pg_advisory_xact_lock(hashtext('catalog'))`);
  if ((await readEdition(tx))?.revision === revision) return false;
  await writeChannels(tx, catalog);
  await writeModels(tx, catalog);
  await sql(
    tx,
    `INSERT INTO catalog_state (revision, sandbox_channel) VALUES ($1, $2)
     ON CONFLICT (singleton) DO UPDATE SET revision = $1, sandbox_channel = $2, applied_at = now()`,
    [revision, catalog.sandboxChannel],
  );
  return true;
}

async function writeChannels(tx: EntityManager, { channels }: Catalog): Promise<void> {
  const ids = channels.map((entry) => entry.id);
  await sql(tx, `DELETE FROM route`);
  await sql(
    tx,
    `INSERT INTO channel (id, definition) SELECT * FROM unnest($1::text[], $2::jsonb[])
     ON CONFLICT (id) DO UPDATE SET definition = excluded.definition, draining = false`,
    [ids, channels.map((entry) => JSON.stringify(entry))],
  );
  await sql(tx, `UPDATE channel SET draining = true WHERE id <> ALL($1::text[])`, [ids]);
  await sql(
    tx,
    `DELETE FROM channel c WHERE draining
       AND NOT EXISTS (SELECT 1 FROM attempt a WHERE a.channel_id = c.id AND NOT a.slot_returned)`,
  );
  // in_use, breaker and tokens are running state: a new catalogue changes limits, it does not forget what is under way.
  await sql(
    tx,
    `INSERT INTO provider_slot (channel_id, slot_limit, tokens, burst, refill_per_second)
     SELECT id, slots, burst, burst, rate FROM unnest($1::text[], $2::int[], $3::float8[], $4::float8[]) AS n (id, slots, burst, rate)
     ON CONFLICT (channel_id) DO UPDATE SET slot_limit = excluded.slot_limit, burst = excluded.burst,
       refill_per_second = excluded.refill_per_second, tokens = least(provider_slot.tokens, excluded.burst)`,
    [
      ids,
      channels.map((entry) => entry.slots),
      channels.map((entry) => entry.burst),
      channels.map((entry) => entry.ratePerSecond),
    ],
  );
}

async function writeModels(tx: EntityManager, { models }: Catalog): Promise<void> {
  await sql(tx, `DELETE FROM model WHERE id <> ALL($1::text[])`, [models.map((entry) => entry.id)]);
  await sql(
    tx,
    `INSERT INTO model (id, position, definition) SELECT * FROM unnest($1::text[], $2::int[], $3::jsonb[])
     ON CONFLICT (id) DO UPDATE SET position = excluded.position, definition = excluded.definition`,
    [
      models.map((entry) => entry.id),
      models.map((_, position) => position),
      models.map(({ routes: _routes, ...definition }) => JSON.stringify(definition)),
    ],
  );
  const routes = models.flatMap((entry) =>
    entry.routes.map((route, position) => ({ model: entry.id, position, route })),
  );
  await sql(
    tx,
    `INSERT INTO route (model_id, channel_id, position, definition)
     SELECT * FROM unnest($1::text[], $2::text[], $3::int[], $4::jsonb[])`,
    [
      routes.map((entry) => entry.model),
      routes.map((entry) => entry.route.channel),
      routes.map((entry) => entry.position),
      routes.map((entry) => JSON.stringify(entry.route)),
    ],
  );
}

interface StateRow {
  readonly revision: string;
  readonly credentials_version: number;
  readonly sandbox_channel: string;
  readonly models: readonly unknown[];
  readonly channels: readonly ChannelRow[];
}

interface ChannelRow {
  readonly draining: boolean;
  readonly entered: Readonly<Record<string, string>>;
}
