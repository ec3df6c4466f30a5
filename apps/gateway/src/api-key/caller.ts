import { type TaskMode } from '@videoapi/contracts';
import { type KeyDialect, type Scope } from './scope.js';

/** Who is calling, from the key alone. Every read and write below is scoped to its account. */
export interface Caller {
  readonly keyId: string;
  readonly accountId: string;
  readonly mode: TaskMode;
  readonly dialect: KeyDialect;
  readonly scopes: ReadonlySet<Scope>;
  readonly requestsPerMinute: number;
  /** Unfinished tasks at once. */
  readonly maxQueued: number;
  readonly maxConcurrent: number | null;
}
