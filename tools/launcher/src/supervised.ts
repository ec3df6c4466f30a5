import { setTimeout as delay } from 'node:timers/promises';

/** A process that runs. `ServerProcess` and the servers of `@videoapi/testing` are some. */
export interface Running {
  readonly pid: number;
  readonly exited: Promise<unknown>;
  stop(): Promise<void>;
  kill(signal?: NodeJS.Signals): Promise<void>;
}

export interface Program {
  readonly name: string;
  /**
   * Starts the process, hands it over, and resolves when it serves; rejects, with its last words, when it exits before
   * or takes too long.
   */
  launch(spawned: (running: Running) => void): Promise<void>;
  /** Deletes what the program keeps, where that is a thing to do. It is stopped while this is called. */
  wipe?(): void;
}

export type State = 'stopped' | 'starting' | 'ready' | 'crashed';

/** Pauses before the first restarts; the last one is for all that follow. */
const backoffMs = [100, 500, 1_000, 2_000, 5_000];
/** Who has run this long starts over with short pauses. */
const provenMs = 30_000;

/** Keeps one program running: whoever exits without being asked is started again. */
export class Supervised {
  readonly name: string;
  readonly #program: Program;
  readonly #onChange: (self: Supervised) => void;
  #running: Running | undefined;
  #wanted = false;
  #launching: Promise<void> = Promise.resolve();
  #watching: Promise<void> = Promise.resolve();
  #state: State = 'stopped';
  #restarts = 0;

  constructor(program: Program, onChange: (self: Supervised) => void) {
    this.name = program.name;
    this.#program = program;
    this.#onChange = onChange;
  }

  get state(): State {
    return this.#state;
  }

  /** 0 while there is no process. */
  get pid(): number {
    return this.#running?.pid ?? 0;
  }

  /** How often it has been started again after a crash. */
  get restarts(): number {
    return this.#restarts;
  }

  /** Resolves when ready. The first start is not repeated: what does not start now would not later. */
  async start(): Promise<void> {
    if (this.#wanted) return;
    this.#wanted = true;
    try {
      await this.#launch();
    } catch (error) {
      await this.stop();
      throw error;
    }
    if (this.#wanted) this.#watching = this.#watch();
  }

  async stop(): Promise<void> {
    this.#wanted = false;
    await this.#running?.stop();
    await this.#launching.catch(() => undefined);
    await this.#running?.stop(); // a server that was still being started
    await this.#watching;
    this.#running = undefined;
    this.#enter('stopped');
  }

  /** SIGKILL is a crash, and the program comes back; SIGSTOP and SIGCONT hang it and let it go on. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    await this.#running?.kill(signal);
  }

  /** Crash, loss of everything it kept, and a fresh start. */
  async wipe(): Promise<void> {
    if (this.#program.wipe === undefined) throw new Error(`${this.name} cannot be wiped`);
    this.#wanted = false;
    await this.kill('SIGKILL');
    await this.stop();
    this.#program.wipe();
    await this.start();
  }

  #launch(): Promise<void> {
    this.#launching = this.#launchOnce();
    return this.#launching;
  }

  async #launchOnce(): Promise<void> {
    this.#enter('starting');
    await this.#program.launch((running) => {
      this.#running = running;
      this.#enter('starting');
    });
    this.#enter('ready');
  }

  async #watch(): Promise<void> {
    for (let crashes = 0; this.#wanted; crashes += 1) {
      const since = performance.now();
      await this.#running?.exited;
      if (!this.#wanted) return;
      this.#running = undefined;
      this.#restarts += 1;
      this.#enter('crashed');
      if (performance.now() - since > provenMs) crashes = 0;
      await delay(backoffMs[Math.min(crashes, backoffMs.length - 1)]);
      if (this.#wanted) await this.#launch().catch(() => this.#running?.kill());
    }
  }

  #enter(state: State): void {
    this.#state = state;
    this.#onChange(this);
  }
}
