import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually, tempDir } from '@videoapi/testing';
import pg from 'pg';

/** What `npm start` writes when it is ready. */
export interface DevFile {
  readonly gateway: string;
  readonly webhooks: string;
  readonly simulator: string;
  readonly control: string;
  readonly nats: string;
  readonly accountId: string;
  readonly databases: Readonly<Record<string, string>>;
  readonly keys: Readonly<Record<'live' | 'test' | 'yishang' | 'admin', string>>;
}

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Away from the default, so that a developer's own stack may run at the same time. */
const portBase = 18_080;

/** Starts the platform as `npm start` does, with its own data and ports. */
export async function startStack(env: NodeJS.ProcessEnv = {}): Promise<{ devFile: string; stop: () => Promise<void> }> {
  const home = tempDir('e2e');
  const launcher = spawn(process.execPath, ['tools/launcher/dist/main.js'], {
    cwd: root,
    env: { ...process.env, VIDEOAPI_HOME: home, VIDEOAPI_PORT_BASE: String(portBase), NODE_OPTIONS: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  await untilReady(launcher);
  return { devFile: join(home, 'dev.json'), stop: () => stop(launcher) };
}

/** The stack that the whole run shares; started once, before the first spec. */
export function sharedStack(): DevFile {
  const file = process.env['E2E_DEV_FILE'];
  if (file === undefined) throw new Error('E2E_DEV_FILE is not set: run through jest.config.mjs');
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** One statement as the service's own role. */
export async function query<Row extends object>(
  stack: DevFile,
  service: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client({ connectionString: stack.databases[service] });
  await client.connect();
  try {
    return (await client.query<Row>(text, [...values])).rows;
  } finally {
    await client.end();
  }
}

/** What a chaos test does to one process: `kill`, `stop`, `start`, `wipe`, `hang`, `resume`. */
export async function act(stack: DevFile, process: string, action: string): Promise<void> {
  const response = await fetch(`${stack.control}/processes/${process}/${action}`, {
    method: 'POST',
    headers: { 'x-videoapi-control': 'e2e' },
    signal: AbortSignal.timeout(60_000),
  });
  if (!response.ok) throw new Error(`${action} ${process}: ${response.status} ${await response.text()}`);
}

/** Resolves when every process serves again. */
export async function untilAllReady(stack: DevFile): Promise<void> {
  await eventually(
    async () => {
      const response = await fetch(`${stack.control}/processes`, { signal: AbortSignal.timeout(5_000) });
      const processes: { name: string; state: string }[] = JSON.parse(await response.text());
      const late = processes.filter((entry) => entry.state !== 'ready').map((entry) => entry.name);
      if (late.length > 0) throw new Error(`not ready: ${late.join(', ')}`);
    },
    { timeoutMs: 60_000, intervalMs: 200 },
  );
}

function untilReady(launcher: ChildProcess): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let said = '';
  const listen = (chunk: Buffer) => {
    said += chunk.toString();
    if (/^ready: /m.test(said)) resolve();
  };
  launcher.stdout?.on('data', listen);
  launcher.stderr?.on('data', listen);
  launcher.once('exit', (code) => reject(new Error(`the launcher ended with ${code}\n${said}`)));
  setTimeout(() => reject(new Error(`the launcher was not ready in time\n${said}`)), 120_000).unref();
  return promise;
}

async function stop(launcher: ChildProcess): Promise<void> {
  if (launcher.exitCode !== null) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  launcher.once('exit', () => resolve());
  launcher.kill('SIGINT');
  await promise;
}
