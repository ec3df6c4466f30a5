import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Our packages' programs first (among them the pinned Node), and the sbin directories that a user's PATH may lack. */
export function environment() {
  const path = [join(root, 'node_modules/.bin'), process.env.PATH ?? '', '/usr/local/sbin', '/usr/sbin', '/sbin'];
  return { ...process.env, PATH: path.join(delimiter), TURBO_TELEMETRY_DISABLED: '1' };
}

/** The program of that name on the PATH above. */
export function find(program) {
  const folders = environment().PATH.split(delimiter);
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path));
}

/** Runs a program whose output is of interest only when it fails. */
export async function runSilently(program, args) {
  const child = spawn(find(program) ?? program, args, {
    cwd: root,
    env: environment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.push(chunk));
  const [code] = await once(child, 'close');
  if (code === 0) return;
  process.stderr.write(Buffer.concat(output));
  throw new Error(`${program} ${args.slice(0, 2).join(' ')} failed`);
}

/**
 * Runs a program in the repository's root and returns its exit code; a code other than 0 throws unless `quiet`.
 * `own`: the program ends itself when it is asked to, so we pass every such signal on and stay until it has. A Ctrl-C reaches
 * it more than once then: from the terminal, and from here for each that npm passes on; who sends SIGINT to npm alone
 * has nobody but us to pass it on.
 */
export async function run(program, args, { quiet = false, own = false, env = {}, timeoutMs } = {}) {
  const child = spawn(find(program) ?? program, args, {
    cwd: root,
    env: { ...environment(), ...env },
    stdio: 'inherit',
    ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }),
  });
  const forward = (signal) => child.kill(signal);
  if (own) {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, forward);
  }
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (exitCode, signal) => resolve(exitCode ?? (signal === 'SIGINT' ? 130 : 1)));
  });
  if (code !== 0 && !quiet) throw new Error(`${program} ${args.slice(0, 2).join(' ')} failed (exit code ${code})`);
  return code;
}
