import { type ChannelCredentials } from '@videoapi/contracts';
import { z } from 'zod';
import { type AccountRow } from '../account/account.store.js';
import { type AuditRow } from './audit.js';

const time = z.iso.datetime({ offset: true });

export const account = z
  .object({
    id: z.string(),
    name: z.string(),
    status: z.enum(['active', 'disabled']),
    requests_per_minute: z.int().nullable(),
    max_queued: z.int().nullable(),
    max_concurrent: z.int().nullable(),
    created_at: time,
  })
  .meta({ id: 'Account' });

export function fromAccount(row: AccountRow): z.output<typeof account> {
  return {
    id: row.id,
    name: row.name,
    status: row.status,
    requests_per_minute: row.requests_per_minute,
    max_queued: row.max_queued,
    max_concurrent: row.max_concurrent,
    created_at: row.created_at.toISOString(),
  };
}

export const channelCredentials = z
  .object({
    channel: z.string(),
    provider: z.string(),
    credentials: z.array(
      z.object({
        name: z.string(),
        reference: z.string().nullable().describe('What the catalogue names; in force unless one was entered.'),
        entered: z
          .object({
            fingerprint: z.string().describe('Equal for equal credentials.'),
            last_four: z.string().describe('Empty for a short one.'),
            entered_at: time,
          })
          .nullable(),
      }),
    ),
  })
  .meta({ id: 'ChannelCredentials' });

export function fromCredentials({
  channelId,
  provider,
  credentials,
}: ChannelCredentials): z.output<typeof channelCredentials> {
  return {
    channel: channelId,
    provider,
    credentials: credentials.map(({ name, reference, entered }) => ({
      name,
      reference,
      entered: entered && {
        fingerprint: entered.fingerprint,
        last_four: entered.lastFour,
        entered_at: entered.enteredAt,
      },
    })),
  };
}

export const auditPage = z
  .object({
    object: z.literal('list'),
    data: z.array(
      z.object({
        id: z.string(),
        at: time,
        actor: z.string().describe('The id of the key that did it.'),
        action: z.string(),
        account_id: z.string().nullable(),
        target: z.string().nullable(),
        detail: z.record(z.string(), z.unknown()),
        request_id: z.string().nullable(),
      }),
    ),
    last_id: z.string().nullable(),
    has_more: z.boolean(),
  })
  .meta({ id: 'AuditPage' });

export function fromAudit(rows: readonly AuditRow[], hasMore: boolean): z.output<typeof auditPage> {
  return {
    object: 'list',
    data: rows.map((row) => ({ ...row, at: row.at.toISOString(), detail: { ...row.detail } })),
    last_id: rows.at(-1)?.id ?? null,
    has_more: hasMore,
  };
}
