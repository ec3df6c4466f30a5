import { AppError, type ChannelCredentials, type SealedCredential } from '@videoapi/contracts';
import { sql } from '@videoapi/database';
import { type DataSource, type EntityManager } from 'typeorm';

/** Which credentials a channel has, without any that could be used. @throws AppError `not_found` */
export async function readCredentials(
  source: DataSource | EntityManager,
  channelId: string,
): Promise<ChannelCredentials> {
  const rows = await sql<CredentialRow>(
    source,
    `SELECT c.definition ->> 'provider' AS provider, n.name, n.reference, n.fingerprint, n.last_four, n.entered_at
     FROM channel c LEFT JOIN LATERAL (
       SELECT coalesce(r.key, e.name) AS name, r.value AS reference, e.fingerprint, e.last_four, e.entered_at
       FROM jsonb_each_text(c.definition -> 'credentials') AS r
       FULL JOIN (SELECT * FROM channel_credential WHERE channel_id = $1) AS e ON e.name = r.key) AS n ON true
     WHERE c.id = $1 ORDER BY n.name`,
    [channelId],
  );
  const [first] = rows;
  if (first === undefined) throw new AppError('not_found', 'There is no such channel.');
  return { channelId, provider: first.provider, credentials: rows.flatMap(credentialOf) };
}

/**
 * Replaces or, with null, takes away what was entered under these names. In the same transaction the catalogue becomes
 * another edition, so that every replica learns of it.
 */
export async function writeCredentials(
  tx: EntityManager,
  channelId: string,
  credentials: Readonly<Record<string, SealedCredential | null>>,
): Promise<void> {
  const entries = Object.entries(credentials);
  const entered = entries.flatMap(([name, credential]) => (credential === null ? [] : [{ name, ...credential }]));
  // The same lock as a new catalogue: it may be about to remove the channel.
  await sql(tx, `SELECT pg_advisory_xact_lock(hashtext('catalog'))`);
  await sql(tx, `DELETE FROM channel_credential WHERE channel_id = $1 AND name = ANY($2::text[])`, [
    channelId,
    entries.map(([name]) => name),
  ]);
  await sql(
    tx,
    `INSERT INTO channel_credential (channel_id, name, sealed, fingerprint, last_four)
     SELECT c.id, n.* FROM channel c, unnest($2::text[], $3::text[], $4::text[], $5::text[]) AS n WHERE c.id = $1`,
    [
      channelId,
      entered.map((entry) => entry.name),
      entered.map((entry) => entry.sealed),
      entered.map((entry) => entry.fingerprint),
      entered.map((entry) => entry.lastFour),
    ],
  );
  await sql(tx, `UPDATE catalog_state SET credentials_version = credentials_version + 1`);
}

interface CredentialRow {
  readonly provider: string;
  readonly name: string | null;
  readonly reference: string | null;
  readonly fingerprint: string | null;
  readonly last_four: string | null;
  readonly entered_at: Date | null;
}

function credentialOf(row: CredentialRow): ChannelCredentials['credentials'] {
  const { name, reference, fingerprint, last_four: lastFour, entered_at: enteredAt } = row;
  if (name === null) return [];
  const isEntered = fingerprint !== null && lastFour !== null && enteredAt !== null;
  return [
    { name, reference, entered: isEntered ? { fingerprint, lastFour, enteredAt: enteredAt.toISOString() } : null },
  ];
}
