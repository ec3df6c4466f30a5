import { type TaskMode } from '@videoapi/contracts';
import { type KeyDialect, type Scope } from './scope.js';

/** What a key is held to by itself; null where only its account's limit holds. */
export interface KeyLimits {
  readonly requestsPerMinute: number | null;
  /** Its own unfinished tasks at once. */
  readonly maxConcurrent: number | null;
}

/** Who is calling, from the key alone. Every read and write below is scoped to its account. */
export interface Caller {
  readonly keyId: string;
  readonly accountId: string;
  readonly mode: TaskMode;
  readonly dialect: KeyDialect;
  readonly scopes: ReadonlySet<Scope>;
  readonly requestsPerMinute: number;
  /** The account's unfinished tasks at once, whatever keys they came by. */
  readonly maxQueued: number;
  readonly maxConcurrent: number | null;
  readonly keyLimits: KeyLimits;
}
