import { sql } from '@videoapi/database';
import { type EntityManager } from 'typeorm';
import { type ChannelOutcome } from './breaker.js';

/** What a task's transaction tells a channel's dispatcher; see the table's comment in migration 0003. */
export type NoteKind = 'queued' | 'returned' | ChannelOutcome;

/** In the transaction that makes tasks `queued`: their accounts take part again on every channel that could serve them. */
export async function enqueueTasks(
  tx: EntityManager,
  waiting: readonly { readonly accountId: string; readonly channelIds: readonly string[] }[],
): Promise<void> {
  const distinct = new Map(
    waiting.flatMap(({ accountId, channelIds }) =>
      channelIds.map((channelId) => [`${channelId} ${accountId}`, { channelId, accountId }] as const),
    ),
  );
  await leave(
    tx,
    [...distinct.values()].map((note) => ({ ...note, kind: 'queued' })),
  );
}

/** When the provider is done with attempts, in the transaction that ends them. Each slot is given back once. */
export async function returnSlots(
  tx: EntityManager,
  attempts: readonly { readonly attemptId: string }[],
): Promise<void> {
  if (attempts.length === 0) return;
  await sql(
    tx,
    `WITH ended AS (
       UPDATE attempt SET slot_returned = true WHERE id = ANY($1::uuid[]) AND NOT slot_returned
       RETURNING channel_id, account_id)
     INSERT INTO channel_note (channel_id, kind, account_id) SELECT channel_id, 'returned', account_id FROM ended`,
    [attempts.map((attempt) => attempt.attemptId)],
  );
}

/** How calls to channels went, for their breakers and rate limits. */
export async function reportChannels(
  tx: EntityManager,
  reports: readonly {
    readonly channelId: string;
    readonly outcome: ChannelOutcome;
    readonly retryAfterMs?: number | undefined;
  }[],
): Promise<void> {
  await leave(
    tx,
    reports.map(({ channelId, outcome, retryAfterMs }) => ({ channelId, kind: outcome, retryAfterMs })),
  );
}

interface Note {
  readonly channelId: string;
  readonly kind: NoteKind;
  readonly accountId?: string;
  readonly retryAfterMs?: number | undefined;
}

async function leave(tx: EntityManager, notes: readonly Note[]): Promise<void> {
  if (notes.length === 0) return;
  await sql(
    tx,
    `INSERT INTO channel_note (channel_id, kind, account_id, retry_after_ms)
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::int[])`,
    [
      notes.map((note) => note.channelId),
      notes.map((note) => note.kind),
      notes.map((note) => note.accountId ?? null),
      notes.map((note) => note.retryAfterMs ?? null),
    ],
  );
}
