import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from './eventually.js';
import { freePortRange } from './free-port.js';
import { startProcess } from './server-process.js';
import { tempDir } from './temp-dir.js';

export interface StackOptions {
  /** Default: a new temporary directory, so an empty platform. */
  readonly home?: string;
  /** Default: ports that are free. */
  readonly portBase?: number;
  /** Settings of the services, over those of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

/** What the launcher writes to `<home>/dev.json`. */
export interface DevFile {
  readonly gateway: string;
  readonly webhooks: string;
  readonly console: string;
  readonly simulator: string;
  readonly control: string;
  readonly nats: string;
  readonly s3: Readonly<Record<'endpoint' | 'region' | 'bucket' | 'accessKeyId' | 'secretAccessKey', string>>;
  readonly postgres: string;
  readonly databases: Readonly<Record<string, string>>;
  readonly accountId: string;
  readonly keys: Readonly<Record<'live' | 'test' | 'yishang' | 'admin', string>>;
}

export interface StackProcess {
  readonly name: string;
  readonly state: 'stopped' | 'starting' | 'ready' | 'crashed';
  readonly pid: number;
  readonly restarts: number;
}

export type StackAction = 'kill' | 'terminate' | 'hang' | 'resume' | 'stop' | 'start' | 'wipe';

export interface RunningStack {
  readonly home: string;
  readonly dev: DevFile;
  /** `act('billing', 'kill')`: it is started again. `act('postgres', 'stop')`: it stays away until `start`. */
  act(name: string, action: StackAction): Promise<void>;
  processes(): Promise<StackProcess[]>;
  /** Waits until every process is ready. */
  ready(timeoutMs?: number): Promise<void>;
  /** Stops what `npm start` started, as Ctrl-C does. */
  stop(): Promise<void>;
}

/** The whole platform as real processes: the built launcher, as `npm start` runs it. */
export async function startStack(options: StackOptions = {}): Promise<RunningStack> {
  const home = options.home ?? tempDir('videoapi-stack');
  const portBase = options.portBase ?? (await freePortRange(40));
  const main = fileURLToPath(new URL('../../../tools/launcher/dist/main.js', import.meta.url));
  const launcher = startProcess({
    command: process.execPath,
    args: [main],
    env: { ...process.env, ...options.env, VIDEOAPI_HOME: home, VIDEOAPI_PORT_BASE: String(portBase) },
    logFile: join(home, 'launcher.log'),
    stopGraceMs: 40_000,
  });
  const dev = await untilReady(home, launcher);

  async function processes(): Promise<StackProcess[]> {
    const answer = await fetch(`${dev.control}/processes`, { signal: AbortSignal.timeout(5_000) });
    return processList(await answer.json());
  }
  async function act(name: string, action: StackAction): Promise<void> {
    const answer = await fetch(`${dev.control}/processes/${name}/${action}`, {
      method: 'POST',
      headers: { 'x-videoapi-control': 'test' },
      signal: AbortSignal.timeout(90_000),
    });
    if (!answer.ok) throw new Error(`${action} ${name}: ${await answer.text()}`);
  }
  async function ready(timeoutMs = 60_000): Promise<void> {
    const all = async (): Promise<boolean> => (await processes()).every(({ state }) => state === 'ready');
    await eventually(all, { timeoutMs, message: 'every process ready' });
  }
  return { home, dev, act, processes, ready, stop: () => launcher.stop() };
}

async function untilReady(home: string, launcher: ReturnType<typeof startProcess>): Promise<DevFile> {
  let gone = false;
  void launcher.exited.then(() => (gone = true));
  const dev = await eventually(() => (gone ? undefined : readDevFile(home)), {
    timeoutMs: 120_000,
    message: 'the platform ready',
  });
  if (dev === undefined) throw new Error(`the launcher did not start\n${launcher.logTail()}`);
  return dev;
}

function readDevFile(home: string): DevFile {
  return JSON.parse(readFileSync(join(home, 'dev.json'), 'utf8'));
}

function processList(json: unknown): StackProcess[] {
  if (!Array.isArray(json)) throw new Error('the control port answers with a list');
  return json;
}
