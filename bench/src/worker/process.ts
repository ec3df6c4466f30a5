import { spawn, spawnSync } from 'node:child_process';
import { freePort } from '@videoapi/testing';
import { request } from 'undici';
import { setTimeout as pause } from 'node:timers/promises';
import { root } from '../stack.js';

export interface WorkerProcess {
  readonly pid: number;
  stop(): Promise<void>;
}

/** The built provider-worker, on the first core alone where the system can pin it. */
export async function startWorker(natsUrl: string, lanes: readonly string[]): Promise<WorkerProcess> {
  const port = await freePort();
  const isPinned = spawnSync('taskset', ['-c', '0', 'true']).status === 0;
  const command = [...(isPinned ? ['taskset', '-c', '0'] : []), process.execPath, 'apps/provider-worker/dist/main.js'];
  const [program = '', ...args] = command;
  const worker = spawn(program, args, {
    cwd: root,
    env: {
      ...process.env,
      NODE_ENV: 'production',
      LOG_LEVEL: 'error',
      NATS_URL: natsUrl,
      HEALTH_PORT: String(port),
      PROVIDERS: lanes.join(','),
      // A provider that hangs for a minute is waited for as long.
      SUBMIT_TIMEOUT_MS: '60000',
      BENCH_KEY: 'bench-key-0123456789',
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  await untilReady(port);
  return {
    pid: worker.pid ?? Number.NaN,
    stop: async () => {
      worker.kill('SIGKILL'); // it would wait for the calls that hang
      await exited;
    },
  };
}

async function untilReady(port: number): Promise<void> {
  for (let tries = 0; tries < 150; tries += 1) {
    const isReady = await request(`http://127.0.0.1:${port}/health/ready`).then(
      async ({ statusCode, body }) => {
        await body.dump();
        return statusCode === 200;
      },
      () => false,
    );
    if (isReady) return;
    await pause(200);
  }
  throw new Error('the worker is not ready after 30 s');
}
