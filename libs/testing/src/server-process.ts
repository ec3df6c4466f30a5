import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually, type EventuallyOptions } from './eventually.js';

export interface ServerCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** stdout and stderr are appended here. */
  readonly logFile: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Run as this user; only root may. */
  readonly user?: { readonly uid: number; readonly gid: number };
  /** What asks this server to stop. It also gets this signal when our own process dies, however that dies. */
  readonly stopSignal?: NodeJS.Signals;
  readonly stopGraceMs?: number;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A running child: its pid is the server's own, no shell in between. */
export interface ServerProcess {
  readonly pid: number;
  /** Resolves when the process is gone; never rejects. */
  readonly exited: Promise<Exit>;
  isRunning(): boolean;
  /** Signals it and waits until it is gone (SIGSTOP and SIGCONT: does not wait). */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Asks it to stop, kills it when the grace has passed. */
  stop(): Promise<void>;
  logTail(lines?: number): string;
}

/** Starts a server as a child that cannot outlive this process. */
export function startProcess(options: ServerCommand): ServerProcess {
  const { stopSignal = 'SIGTERM', stopGraceMs = 10_000, logFile } = options;
  mkdirSync(dirname(logFile), { recursive: true });
  const log = openSync(logFile, 'a');
  const [command, ...args] = dyingWithParent(options.command, options.args, stopSignal);
  const child = spawn(command, args, {
    stdio: ['ignore', log, log],
    detached: true, // a Ctrl-C in the terminal is for us: we stop our servers in the right order
    env: options.env ?? process.env,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...options.user,
  });
  closeSync(log);
  child.unref();
  const exited = exitOf(child);

  async function kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    child.kill(signal);
    if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') await waitFor(exited);
  }
  async function stop(): Promise<void> {
    if (!isRunning()) return;
    child.kill(stopSignal);
    const stopped = await Promise.race([waitFor(exited).then(() => true), delay(stopGraceMs, false, { ref: false })]);
    if (!stopped) await kill('SIGKILL');
  }
  function isRunning(): boolean {
    return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
  }
  return { pid: child.pid ?? 0, exited, isRunning, kill, stop, logTail: (lines = 30) => tail(logFile, lines) };
}

/** Asks until a server answers, and no longer than it runs. Throws with the end of its log when it has ended. */
export async function untilUp(
  server: ServerProcess,
  name: string,
  ask: () => Promise<unknown>,
  patience: EventuallyOptions,
): Promise<void> {
  let hasEnded = false;
  void server.exited.then(() => (hasEnded = true));
  await eventually(async () => hasEnded || (await ask()), { ...patience, message: `${name} being up` });
  if (hasEnded) throw new Error(`${name} did not start:\n${server.logTail()}`);
}

/** `setpriv` sets the parent-death signal and then becomes the command; without it (not Linux) a kill -9 of us leaks. */
function dyingWithParent(command: string, args: readonly string[], signal: string): [string, ...string[]] {
  const setpriv = findProgram('setpriv');
  if (setpriv === undefined || process.platform !== 'linux') return [command, ...args];
  return [setpriv, '--pdeathsig', signal.replace(/^SIG/, ''), '--', command, ...args];
}

/** The first executable of this name on PATH or in the sbin directories, which a user's PATH may lack. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/** The child is unref'ed, so a pending exit must not be all that keeps us alive: hold a timer while someone waits. */
async function waitFor(exited: Promise<Exit>): Promise<void> {
  const hold = setInterval(() => undefined, 1_000);
  await exited;
  clearInterval(hold);
}

function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', () => resolve({ code: 127, signal: null }));
  });
}

function tail(file: string, lines: number): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
}
