import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { eventually } from '@videoapi/testing';

/** Each test starts a process of its own, on a machine that may be busy. */
const patience = 60_000;
const running = new Set<ChildProcess>();

afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
});

describe('a service process', () => {
  it(
    'on SIGTERM answers what is in flight, refuses nothing, and exits 0',
    async () => {
      const service = await launch();
      const slow = fetch(`${service.url}/slow`);
      await service.logged('request_taken');
      service.child.kill('SIGTERM');
      await service.logged('service_draining');
      const ready = await fetch(`${service.healthUrl}/health/ready`);
      expect(ready.status).toBe(503);
      expect(await ready.json()).toMatchObject({ state: 'draining' });
      expect((await fetch(`${service.healthUrl}/health/live`)).status).toBe(200);
      expect(await (await slow).text()).toBe('done');
      expect(await service.exitCode).toBe(0);
      expect(service.events()).toEqual([
        'service_started',
        'request_taken',
        'signal_received',
        'service_draining',
        'service_stopped',
      ]);
    },
    patience,
  );

  it(
    'does not wait for a connection that never carried a request',
    async () => {
      const service = await launch();
      const idle = connect(Number(new URL(service.url).port), '127.0.0.1');
      await once(idle, 'connect');
      await fetch(`${service.url}/nothing`); // a round trip: the other connection has been accepted by now
      service.child.kill('SIGTERM');
      expect(await service.exitCode).toBe(0);
      const stopped = service.lines.find((line) => line['event'] === 'service_stopped');
      expect(Number(stopped?.['drainMs'])).toBeLessThan(5_000);
    },
    patience,
  );

  it(
    'exits 1 when work outlasts the grace',
    async () => {
      const service = await launch({ SHUTDOWN_GRACE_MS: '200' });
      fetch(`${service.url}/hang`).catch(() => undefined);
      await service.logged('request_taken');
      service.child.kill('SIGTERM');
      expect(await service.exitCode).toBe(1);
      expect(service.events()).toContain('service_stop_failed');
    },
    patience,
  );

  it(
    'exits 1 at once on a second signal',
    async () => {
      const service = await launch({ SHUTDOWN_GRACE_MS: '60000' });
      fetch(`${service.url}/hang`).catch(() => undefined);
      await service.logged('request_taken');
      service.child.kill('SIGINT');
      await service.logged('service_draining');
      service.child.kill('SIGTERM');
      expect(await service.exitCode).toBe(1);
      expect(service.events()).toContain('service_stopped_by_force');
    },
    patience,
  );

  it(
    'exits 1 after an error that nobody caught, and says which',
    async () => {
      const service = await launch();
      await fetch(`${service.url}/crash`).catch(() => undefined);
      expect(await service.exitCode).toBe(1);
      expect(service.lines.at(-1)).toMatchObject({ event: 'uncaught_error', err: { message: 'nobody caught this' } });
    },
    patience,
  );

  it(
    'exits 78 on a bad configuration, naming each variable',
    async () => {
      const { exitCode, stderr } = run({ HEALTH_PORT: 'many' });
      expect(await exitCode).toBe(78);
      expect(stderr()).toContain('REQUIRED: is missing');
      expect(stderr()).toContain('SERVICE_PORT: is missing');
      expect(stderr()).toMatch(/HEALTH_PORT: .*number/);
    },
    patience,
  );
});

/** A started service, its addresses taken from its first line. */
async function launch(env: Record<string, string> = {}) {
  const service = run({ REQUIRED: 'x', SERVICE_PORT: '0', HEALTH_PORT: '0', ...env });
  await service.logged('service_started');
  const { port, healthPort } = service.lines[0] ?? {};
  const address = (of: unknown): string => `http://127.0.0.1:${String(of)}`;
  return { ...service, url: address(port), healthUrl: address(healthPort) };
}

function run(env: Record<string, string>) {
  const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
  const child = spawn(process.execPath, ['--import', here('typescript.mjs'), here('service.ts')], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  const lines: Record<string, unknown>[] = [];
  let errors = '';
  createInterface(child.stdout).on('line', (line) => lines.push(JSON.parse(line)));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const exitCode = once(child, 'close').then(([code]: unknown[]) => {
    running.delete(child);
    return code;
  });
  const events = () => lines.map((line) => line['event']);
  const logged = (event: string) =>
    eventually(() => events().includes(event), {
      intervalMs: 10,
      timeoutMs: patience,
      message: `${event} (stderr: ${errors})`,
    });
  return { child, lines, exitCode, events, logged, stderr: () => errors };
}
