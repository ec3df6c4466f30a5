import { type Drain } from './drain.js';

export interface Readiness {
  readonly isReady: boolean;
  readonly state: 'starting' | 'ready' | 'draining' | 'failing';
  /** Per check: `ok`, or what is wrong, without detail. */
  readonly checks: Readonly<Record<string, 'ok' | 'failed' | 'timeout'>>;
}

/** Whether this process should be sent work. Anything it needs to do its work registers a check. */
export class Health {
  private readonly checks = new Map<string, () => Promise<unknown>>();
  private isStarted = false;

  constructor(
    private readonly drain: Drain,
    private readonly checkTimeoutMs = 2_000,
  ) {}

  /** `check` resolves when the dependency answers and rejects when it does not; it has two seconds. */
  check(name: string, check: () => Promise<unknown>): void {
    this.checks.set(name, check);
  }

  /** Everything listens; called by `start`. */
  started(): void {
    this.isStarted = true;
  }

  async readiness(): Promise<Readiness> {
    if (this.drain.isDraining) return { isReady: false, state: 'draining', checks: {} };
    if (!this.isStarted) return { isReady: false, state: 'starting', checks: {} };
    const outcomes = await Promise.all(
      [...this.checks].map(async ([name, check]) => [name, await outcomeOf(check, this.checkTimeoutMs)] as const),
    );
    const isReady = outcomes.every(([, outcome]) => outcome === 'ok');
    return { isReady, state: isReady ? 'ready' : 'failing', checks: Object.fromEntries(outcomes) };
  }
}

async function outcomeOf(check: () => Promise<unknown>, timeoutMs: number): Promise<'ok' | 'failed' | 'timeout'> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<'timeout'>((resolve) => {
    timer = setTimeout(() => resolve('timeout'), timeoutMs);
  });
  try {
    return await Promise.race([check().then(() => 'ok' as const), timeout]);
  } catch {
    return 'failed';
  } finally {
    clearTimeout(timer);
  }
}
