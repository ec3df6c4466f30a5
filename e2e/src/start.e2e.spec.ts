import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { freePortRange, startNats, startPostgres, startS3, tempDir } from '@videoapi/testing';
import pg from 'pg';
import { Customer, type NativeTask } from './customer.js';
import { NpmStart, openPorts, stillRunning } from './npm-start.js';
import { query } from './stack.js';

const run = promisify(execFile);
/** How many ports of a stack may be in use, from its base on. */
const portCount = 40;
const servicePorts = [0, 1, 2, 3, 13, 20, 21, 22, 23, 24, 25, 26];
const serverPorts = [10, 11, 12];
let current: NpmStart | undefined;

afterEach(async () => {
  await current?.kill();
});

it('npm start makes the first video as it says, Ctrl-C leaves nothing running, and the next start has it still', async () => {
  const home = tempDir('start');
  const portBase = await freePortRange(portCount);
  const first = start(home, portBase);
  const coldSeconds = await first.ready();
  expect((await openPorts(portBase, portCount)).toSorted(byNumber)).toEqual(
    [...servicePorts, ...serverPorts].toSorted(byNumber),
  );

  const task = await firstVideo(first.said);
  expect(task).toMatchObject({ status: 'completed', model: 'video-2.0-mini-reference-to-video', error: null });
  await interrupted(first, 'group');

  const second = start(home, portBase);
  const warmSeconds = await second.ready();
  const customer = new Customer(second.devFile(), second.devFile().keys.live);
  expect(await customer.task(task.task_id)).toEqual(task);
  const film = await fetch(task.url ?? '', { signal: AbortSignal.timeout(30_000) });
  expect((await film.arrayBuffer()).byteLength).toBe(task.outputs[0]?.size);
  expect(await customer.finished(await customer.submit())).toMatchObject({ status: 'completed' });
  await interrupted(second, 'npm');

  process.stdout.write(`npm start: ${coldSeconds.toFixed(1)} s cold, ${warmSeconds.toFixed(1)} s warm\n`);
  expect(warmSeconds).toBeLessThan(120);
}, 240_000);

it('npm start uses the servers that the environment names, and leaves them running', async () => {
  const [postgres, nats, s3] = await Promise.all([startPostgres({ password: 'outside' }), startNats(), startS3()]);
  try {
    const portBase = await freePortRange(portCount);
    const started = start(tempDir('start'), portBase, {
      VIDEOAPI_POSTGRES_URL: postgres.adminUrl,
      VIDEOAPI_NATS_URL: nats.url,
      VIDEOAPI_S3_ENDPOINT: s3.endpoint,
      VIDEOAPI_S3_BUCKET: s3.bucket,
      VIDEOAPI_S3_ACCESS_KEY_ID: s3.accessKeyId,
      VIDEOAPI_S3_SECRET_ACCESS_KEY: s3.secretAccessKey,
    });
    await started.ready();
    expect((await openPorts(portBase, portCount)).toSorted(byNumber)).toEqual(servicePorts);
    const stack = started.devFile();
    const customer = new Customer(stack, stack.keys.live);
    const { task_id: taskId } = await customer.finished(await customer.submit());
    const [media] = await query<{ key: string; size: number }>(
      stack,
      'uploads',
      'SELECT key, size FROM media WHERE task_id = $1',
      [taskId],
    );
    await interrupted(started, 'group');

    const database = new pg.Client({ connectionString: postgres.adminUrl });
    await database.connect();
    const kept = await database.query('SELECT state FROM orchestrator.task WHERE id = $1', [taskId]);
    await database.end();
    expect(kept.rows).toEqual([{ state: 'completed' }]);
    const connection = await connect({ servers: nats.url });
    const { streams } = await (await jetstreamManager(connection)).getAccountInfo();
    await connection.close();
    expect(streams).toBeGreaterThanOrEqual(4);
    const objects = new S3Client({ endpoint: s3.endpoint, region: s3.region, forcePathStyle: true, credentials: s3 });
    const object = await objects.send(new GetObjectCommand({ Bucket: s3.bucket, Key: media?.key ?? '' }));
    expect(object.ContentLength).toBe(media?.size);
    objects.destroy();
  } finally {
    await Promise.all([postgres.stop(), nats.stop(), s3.stop()]);
  }
}, 180_000);

function start(home: string, portBase: number, environment: Record<string, string> = {}): NpmStart {
  current = new NpmStart(home, portBase, environment);
  return current;
}

/** Runs what the banner says, to the letter. */
async function firstVideo(said: string): Promise<NativeTask> {
  const [, code = ''] = /^Your first video:\n(.*)^Keys, URLs/ms.exec(said) ?? [];
  expect(code).toContain('curl');
  const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', code], { timeout: 120_000 });
  return JSON.parse(stdout);
}

/** After the signal: no process, no port and no dev.json is left, and all that was asked to end ended in order. */
async function interrupted(stack: NpmStart, whom: 'group' | 'npm'): Promise<void> {
  const processes = stack.processes();
  const pids = Object.values<number>(JSON.parse(readFileSync(join(stack.home, 'pids.json'), 'utf8')));
  expect(processes.map(({ pid }) => pid)).toEqual(expect.arrayContaining(pids));
  expect(pids.length).toBeGreaterThanOrEqual(7);

  await stack.interrupt(whom);

  expect(stillRunning(processes)).toEqual([]);
  expect(await openPorts(stack.portBase, portCount)).toEqual([]);
  expect(existsSync(join(stack.home, 'dev.json'))).toBe(false);
  expect(stack.said.match(/ {2}stopping$/gm)).toHaveLength(1);
  if (pids.length > 7) {
    expect(readFileSync(join(stack.home, 'logs/postgres.log'), 'utf8')).toContain('database system is shut down');
  }
}

function byNumber(one: number, other: number): number {
  return one - other;
}
