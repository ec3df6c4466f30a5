import { jsonRows, sql } from '@videoapi/database';
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

/** The statement that leaves notes; `parameter` stands for a JSON list of them. It may be a CTE of a larger statement. */
export function notesInsertion(parameter: string): string {
  return `INSERT INTO channel_note (channel_id, kind, account_id, retry_after_ms)
    SELECT "channelId", kind, "accountId", "retryAfterMs" FROM ${jsonRows(parameter, noteColumns)} AS r`;
}

const noteColumns = { channelId: 'text', kind: 'text', accountId: 'text', retryAfterMs: 'int' } as const;
const insert = notesInsertion('$1');

export async function leaveNotes(tx: EntityManager, notes: readonly Note[]): Promise<void> {
  if (notes.length > 0) await sql(tx, insert, [JSON.stringify(notes)]);
}
