import { holdResolved, walletLow } from '@videoapi/contracts';
import { type OutboxMessage } from '@videoapi/database';
import { eventMessage } from '@videoapi/messaging';
import { type Book, type LowWallet, type Resolution } from './ledger/batch.js';
import { type ResolveRequest } from './ledger/hold.js';

/** The id is made of the task and its outcome: a repeated answer is the same fact again, and a consumer sees it once. */
export function holdResolvedFact({ taskId, accountId }: ResolveRequest, resolution: Resolution): OutboxMessage {
  const { outcome, held, charged, returned, reason, resolvedAt } = resolution;
  return eventMessage(holdResolved, {
    id: `hold:${taskId}:${outcome}`,
    key: taskId,
    occurredAt: resolvedAt,
    data: {
      taskId,
      accountId,
      outcome,
      held: String(held),
      charged: String(charged),
      returned: String(returned),
      reason,
    },
  });
}

/** One per crossing: every crossing moves the wallet's version on. */
export function walletLowFact({ wallet, available }: LowWallet, at: Book['at']): OutboxMessage {
  const { id, accountId, version, lowWater } = wallet;
  return eventMessage(walletLow, {
    id: `wallet:${id}:low:${version}`,
    key: accountId,
    occurredAt: at,
    data: { accountId, available: String(available), lowWater: String(lowWater) },
  });
}
