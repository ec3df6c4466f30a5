import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from '@videoapi/testing';
import { type DevFile } from './stack.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** A process, told from a later one that got the same pid. */
export interface Process {
  readonly pid: number;
  readonly name: string;
  readonly parent: number;
  readonly started: string;
}

/**
 * `npm start` as a user types it. What it does first, the build, finds everything in turbo's cache and writes the same bytes
 * over themselves: nobody may load a `dist` at that moment, which holds because `npm test` runs one file of this project
 * at a time, and the shared stack has loaded long ago.
 */
export class NpmStart {
  readonly #child: ChildProcess;
  readonly #begun = performance.now();
  readonly #exited: Promise<unknown>;
  #said = '';

  constructor(
    readonly home: string,
    readonly portBase: number,
    environment: Readonly<Record<string, string>> = {},
  ) {
    this.#child = spawn('npm', ['start'], {
      cwd: root,
      env: {
        ...process.env,
        NODE_OPTIONS: '',
        VIDEOAPI_HOME: home,
        VIDEOAPI_PORT_BASE: String(portBase),
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true, // a process group of its own, as a shell gives to what is typed
    });
    this.#exited = new Promise((resolve) => this.#child.once('close', resolve));
    const listen = (chunk: Buffer) => (this.#said += chunk.toString('utf8'));
    this.#child.stdout?.on('data', listen);
    this.#child.stderr?.on('data', listen);
  }

  /** All that it has printed. */
  get said(): string {
    return this.#said;
  }

  /** Seconds from the command to its last line, `ready: <gateway url>`. */
  async ready(): Promise<number> {
    const ready = new RegExp(`^ready: http://127\\.0\\.0\\.1:${this.portBase}\\n$`, 'm');
    await eventually(() => ready.test(this.#said) || this.#hasEnded, { timeoutMs: 120_000, message: 'ready' });
    if (this.#hasEnded) throw new Error(`npm start has ended\n${this.#said}`);
    return (performance.now() - this.#begun) / 1_000;
  }

  devFile(): DevFile {
    return JSON.parse(readFileSync(join(this.home, 'dev.json'), 'utf8'));
  }

  /** npm itself and everything below it: services, servers, and the processes that those have. */
  processes(): Process[] {
    const all = allProcesses();
    const found = all.filter(({ pid }) => pid === this.#child.pid);
    for (const { pid } of found) found.push(...all.filter(({ parent }) => parent === pid));
    return found;
  }

  /** To the whole group, as a terminal sends a Ctrl-C, or to npm alone, as `kill` does. Resolves when npm has ended. */
  async interrupt(whom: 'group' | 'npm'): Promise<void> {
    process.kill(whom === 'group' ? -this.#pid : this.#pid, 'SIGINT');
    await eventually(() => this.#hasEnded, { timeoutMs: 60_000, message: `an end after SIGINT\n${this.#said}` });
  }

  /** Whatever has become of it. None of the services outlives the launcher. */
  async kill(): Promise<void> {
    if (!this.#hasEnded) process.kill(-this.#pid, 'SIGKILL');
    await this.#exited;
  }

  get #pid(): number {
    if (this.#child.pid === undefined) throw new Error('npm was not started');
    return this.#child.pid;
  }

  get #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }
}

/** Those that still run. A zombie, which nobody has reaped yet, does not. */
export function stillRunning(processes: readonly Process[]): Process[] {
  const now = new Set(allProcesses().map(({ pid, started }) => `${pid} ${started}`));
  return processes.filter(({ pid, started }) => now.has(`${pid} ${started}`));
}

/** Which of `count` ports from `first` on somebody listens on; counted from `first`. */
export async function openPorts(first: number, count: number): Promise<number[]> {
  const open = await Promise.all(Array.from({ length: count }, (_, index) => isOpen(first + index)));
  return open.flatMap((is, index) => (is ? [index] : []));
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const is = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', () => is(true));
    socket.once('error', () => is(false));
  });
}

/** `/proc/<pid>/stat`: pid (name) state ppid … starttime, which is the 22nd. */
function allProcesses(): Process[] {
  return readdirSync('/proc').flatMap((pid) => {
    const [, name = '', rest = ''] = /^\d+ \((.*)\) (.*)$/s.exec(statOf(pid)) ?? [];
    const [state, parent, ...others] = rest.split(' ');
    if (state === undefined || parent === undefined || state === 'Z' || state === 'X') return [];
    return [{ pid: Number(pid), name, parent: Number(parent), started: others[17] ?? '' }];
  });
}

function statOf(pid: string): string {
  try {
    return /^\d+$/.test(pid) ? readFileSync(`/proc/${pid}/stat`, 'utf8') : '';
  } catch {
    return ''; // it has just ended
  }
}
