import { AppError } from '@videoapi/contracts';

/** The first try holds its key this long; after it (a crashed process) the next try goes on with the same task id. */
export const leaseSeconds = 30;
/** How long an `Idempotency-Key` is remembered. */
export const keySeconds = 24 * 3600;
/** How long an SDK that retries without a key is recognised. */
export const retrySeconds = 60;

/** What a request says about being a repeat. */
export type Repeat =
  | { readonly kind: 'none' }
  | { readonly kind: 'key'; readonly key: string }
  /** The OpenAI SDKs send no key but count their retries; the first try (0) never asks, it only leaves a trace. */
  | { readonly kind: 'sdk'; readonly retry: number };

export function repeatOf(headers: Readonly<Record<string, string | string[] | undefined>>): Repeat {
  const key = headers['idempotency-key'];
  if (key !== undefined) {
    if (typeof key !== 'string' || !/^[\x20-\x7e]{1,255}$/.test(key)) {
      throw new AppError('invalid_request', 'Idempotency-Key must be 1 to 255 printable ASCII characters.', {
        param: 'Idempotency-Key',
      });
    }
    return { kind: 'key', key };
  }
  const count = headers['x-stainless-retry-count'];
  if (typeof count !== 'string' || !/^\d{1,3}$/.test(count)) return { kind: 'none' };
  return { kind: 'sdk', retry: Number(count) };
}

/** One attempt to begin a request, under a name that a repeat would use too. */
export interface Claim {
  readonly accountId: string;
  readonly key: string;
  readonly requestHash: Buffer;
  /** Made before the first try and kept by every later one, so that they all mean one task. */
  readonly taskId: string;
  /** Random, new for each try: tells "mine" from "somebody else's". */
  readonly owner: string;
  readonly keepSeconds: number;
  /** How long others must wait for this try. */
  readonly leaseSeconds: number;
  /** Forget what stands under this name. */
  readonly isFresh: boolean;
}

/** The row as it stands after the claim. */
export interface ClaimedRow {
  readonly account_id: string;
  readonly key: string;
  readonly request_hash: Buffer;
  readonly task_id: string;
  readonly state: 'in_progress' | 'done';
  readonly owner: string;
  readonly response: string | null;
}

export type ClaimOutcome =
  | { readonly outcome: 'go'; readonly taskId: string }
  | { readonly outcome: 'replay'; readonly response: string }
  | { readonly outcome: 'in_progress' }
  | { readonly outcome: 'reused' };

/** What the row that was found means for this try. */
export function decide(row: ClaimedRow, claim: Claim): ClaimOutcome {
  // Two first tries that look alike are two requests, even when they share a batch.
  if (claim.isFresh) return { outcome: 'go', taskId: claim.taskId };
  if (!row.request_hash.equals(claim.requestHash)) return { outcome: 'reused' };
  if (row.owner === claim.owner || claim.leaseSeconds === 0) return { outcome: 'go', taskId: row.task_id };
  if (row.state === 'done' && row.response !== null) return { outcome: 'replay', response: row.response };
  return { outcome: 'in_progress' };
}
