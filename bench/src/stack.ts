import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tempDir } from '@videoapi/testing';
import { request } from 'undici';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** What `npm start` writes when it is ready. */
export interface DevFile {
  readonly gateway: string;
  readonly simulator: string;
  readonly nats: string;
  readonly postgres: string;
  readonly databases: Readonly<Record<string, string>>;
  readonly keys: Readonly<Record<'live' | 'admin', string>>;
}

export interface Stack {
  readonly dev: DevFile;
  /** From `npm start` to its "ready", in seconds. */
  readonly startSeconds: number;
  /** The process of every server and service. */
  readonly pids: Readonly<Record<string, number>>;
  stop(): Promise<void>;
}

/** The platform as `npm start` runs it, with data and ports of its own. `home` of an earlier one makes it a warm start. */
export async function startStack(env: NodeJS.ProcessEnv = {}, home = tempDir('bench')): Promise<Stack> {
  const startedAt = performance.now();
  const launcher = spawn(process.execPath, ['tools/bootstrap.mjs', 'start'], {
    cwd: root,
    env: { VIDEOAPI_PORT_BASE: '19080', ...process.env, VIDEOAPI_HOME: home, LOG_LEVEL: 'warn', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise<void>((resolve, reject) => {
    let said = '';
    launcher.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (/^ready: /m.test(said)) resolve();
    });
    launcher.once('exit', (code) => reject(new Error(`the launcher ended with ${code}\n${said}`)));
  });
  const read = (file: string) => JSON.parse(readFileSync(join(home, file), 'utf8'));
  return {
    dev: read('dev.json'),
    pids: read('pids.json'),
    startSeconds: (performance.now() - startedAt) / 1000,
    stop: () =>
      new Promise((resolve) => {
        launcher.once('exit', () => resolve());
        launcher.kill('SIGTERM'); // which it passes on
      }),
  };
}

/** A call that must succeed. */
export async function call<Body>(
  dev: DevFile,
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
  key = dev.keys.admin,
): Promise<Body> {
  const response = await request(`${dev.gateway}${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    headersTimeout: 30_000,
  });
  const text = await response.body.text();
  if (response.statusCode >= 400) throw new Error(`${method} ${path}: ${response.statusCode} ${text}`);
  return JSON.parse(text);
}
