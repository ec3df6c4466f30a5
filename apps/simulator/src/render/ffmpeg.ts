import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { AppError } from '@videoapi/contracts';

/** A bounded number of ffmpeg children and a bounded queue in front of them. */
export class Ffmpeg {
  private running = 0;
  private answered: Promise<void> | undefined;
  private readonly waiting: (() => void)[] = [];
  private readonly stopped = new AbortController();

  constructor(private readonly options: { binary: string; workers: number; maxQueued: number; timeoutMs: number }) {}

  get hasRoom(): boolean {
    return this.running < this.options.workers || this.waiting.length < this.options.maxQueued;
  }

  /** Runs one child in the given directory. Throws AppError `overloaded` when the queue is full, `internal_error` when the child fails. */
  async run(args: readonly string[], directory: string): Promise<void> {
    if (!this.hasRoom) throw new AppError('overloaded', 'Too many films are waiting to be rendered.');
    if (this.running >= this.options.workers) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.running += 1;
    try {
      await this.spawn(args, directory);
    } finally {
      // The slot goes to the next in line without ever looking free in between.
      const next = this.waiting.shift();
      if (next === undefined) this.running -= 1;
      else next();
    }
  }

  /** Whether the binary can be run at all. Asked once: a binary does not go away. */
  async check(): Promise<void> {
    this.answered ??= this.spawn(['-version'], tmpdir());
    await this.answered.catch((error: unknown) => {
      this.answered = undefined;
      throw error;
    });
  }

  /** Ends every child and refuses the ones that wait. */
  stop(): void {
    this.stopped.abort();
  }

  private spawn(args: readonly string[], directory: string): Promise<void> {
    const { binary, timeoutMs } = this.options;
    const limits = { cwd: directory, timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: 64 * 1024 } as const;
    return new Promise((resolve, reject) => {
      execFile(binary, [...args], { ...limits, signal: this.stopped.signal }, (error, _, stderr) => {
        if (error === null) resolve();
        else
          reject(
            new AppError('internal_error', 'ffmpeg failed', {
              cause: new Error(stderr.slice(0, 2000), { cause: error }),
            }),
          );
      });
    });
  }
}

const fonts = [
  '/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf',
  '/usr/share/fonts/dejavu/DejaVuSans.ttf',
  '/usr/share/fonts/dejavu-sans-fonts/DejaVuSans.ttf',
  '/usr/share/fonts/TTF/DejaVuSans.ttf',
  '/Library/Fonts/Arial Unicode.ttf',
  '/System/Library/Fonts/Supplemental/Arial.ttf',
];

/** DejaVu Sans where Debian, Alpine, Fedora and Arch put it, or what macOS has. */
export function findFont(): string | undefined {
  return fonts.find((path) => existsSync(path));
}
