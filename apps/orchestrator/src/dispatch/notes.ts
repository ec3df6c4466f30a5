import { sql } from '@videoapi/database';
import { type EntityManager } from 'typeorm';
import { type ChannelOutcome } from './breaker.js';

/** What a task's transaction tells a channel's dispatcher; see the table's comment in migration 0003. */
export type NoteKind = 'queued' | 'returned' | 'mended' | ChannelOutcome;

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
  await leaveNotes(
    tx,
    [...distinct.values()].map((note) => ({ ...note, kind: 'queued' })),
  );
}

export interface Note {
  readonly channelId: string;
  readonly kind: NoteKind;
  readonly accountId?: string;
  readonly retryAfterMs?: number | undefined;
}

export async function leaveNotes(tx: EntityManager, notes: readonly Note[]): Promise<void> {
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
