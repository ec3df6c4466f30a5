import { eventually } from '@videoapi/testing';
import { type Program, type Running, Supervised } from './supervised.js';

class FakeProcess implements Running {
  readonly exited: Promise<void>;
  readonly signals: string[] = [];
  exit: () => void = () => undefined;

  constructor(readonly pid: number) {
    this.exited = new Promise((resolve) => (this.exit = resolve));
  }

  stop(): Promise<void> {
    this.exit();
    return Promise.resolve();
  }

  kill(signal = 'SIGKILL'): Promise<void> {
    this.signals.push(signal);
    if (signal === 'SIGKILL') this.exit();
    return Promise.resolve();
  }
}

function fakeProgram(options: Partial<Program> = {}): { program: Program; started: FakeProcess[] } {
  const started: FakeProcess[] = [];
  const program: Program = {
    name: 'fake',
    launch(spawned) {
      const next = new FakeProcess(started.length + 1);
      started.push(next);
      spawned(next);
      return Promise.resolve();
    },
    ...options,
  };
  return { program, started };
}

const ignore = (): void => undefined;

describe('Supervised', () => {
  it('starts again what exits by itself', async () => {
    const { program, started } = fakeProgram();
    const supervised = new Supervised(program, ignore);
    await supervised.start();
    expect([supervised.state, supervised.pid]).toEqual(['ready', 1]);
    started[0]?.exit();
    await eventually(() => supervised.pid === 2 && supervised.state === 'ready');
    expect(supervised.restarts).toBe(1);
    await supervised.stop();
  });

  it('leaves stopped what was asked to stop, until it is asked to start', async () => {
    const { program, started } = fakeProgram();
    const supervised = new Supervised(program, ignore);
    await supervised.start();
    await supervised.stop();
    expect([supervised.state, supervised.pid, started.length]).toEqual(['stopped', 0, 1]);
    await supervised.start();
    expect([supervised.state, supervised.pid]).toEqual(['ready', 2]);
    await supervised.stop();
  });

  it('can be hung and let go on without a restart', async () => {
    const { program, started } = fakeProgram();
    const supervised = new Supervised(program, ignore);
    await supervised.start();
    await supervised.kill('SIGSTOP');
    await supervised.kill('SIGCONT');
    expect(started[0]?.signals).toEqual(['SIGSTOP', 'SIGCONT']);
    expect(started).toHaveLength(1);
    await supervised.stop();
  });

  it('fails when the first start fails, and leaves no process', async () => {
    const process = new FakeProcess(1);
    const { program } = fakeProgram({
      launch(spawned) {
        spawned(process);
        return Promise.reject(new Error('port in use'));
      },
    });
    const supervised = new Supervised(program, ignore);
    await expect(supervised.start()).rejects.toThrow('port in use');
    expect([supervised.state, supervised.pid]).toEqual(['stopped', 0]);
    await process.exited;
  });

  it('stops a program that is still starting', async () => {
    const process = new FakeProcess(1);
    const { program } = fakeProgram({
      async launch(spawned) {
        spawned(process);
        await process.exited;
        throw new Error('exited before it was ready');
      },
    });
    const supervised = new Supervised(program, ignore);
    const starting = supervised.start();
    await supervised.stop();
    await expect(starting).rejects.toThrow('exited before it was ready');
    expect(supervised.state).toBe('stopped');
  });

  it('wipes between a crash and a fresh start', async () => {
    const wiped: number[] = [];
    const { program, started } = fakeProgram({ wipe: () => wiped.push(started.length) });
    const supervised = new Supervised(program, ignore);
    await supervised.start();
    await supervised.wipe();
    expect(started[0]?.signals).toEqual(['SIGKILL']);
    expect([wiped, supervised.pid, supervised.state]).toEqual([[1], 2, 'ready']);
    await supervised.stop();
  });
});
