import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePort } from './free-port.js';
import { findProgram, type ServerProcess, startProcess, untilUp } from './server-process.js';
import { tempDir } from './temp-dir.js';

export interface NatsOptions {
  readonly port?: number;
  /** Where JetStream keeps its files; default a new temporary directory. */
  readonly storeDir?: string;
  readonly logFile?: string;
  /** fsync every JetStream write, where the server can (2.10 and later). Default false. */
  readonly durable?: boolean;
}

export interface NatsServer {
  readonly url: string;
  readonly pid: number;
  readonly exited: ServerProcess['exited'];
  stop(): Promise<void>;
  /** SIGKILL unless told otherwise. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again on the same port with the same store. */
  start(): Promise<void>;
  /** Loses every stream and consumer: kills the server, deletes the store, starts again on the same port. */
  wipe(): Promise<void>;
}

/** Starts nats-server with JetStream on 127.0.0.1. */
export async function startNats(options: NatsOptions = {}): Promise<NatsServer> {
  const command = natsCommand();
  const port = options.port ?? (await freePort());
  const storeDir = options.storeDir ?? join(tempDir('videoapi-nats'), 'store');
  const configFile = `${storeDir}.conf`;
  const syncs = options.durable === true && canSyncAlways(command);

  async function start(): Promise<void> {
    mkdirSync(storeDir, { recursive: true });
    writeFileSync(configFile, config(port, storeDir, syncs));
    server = startProcess({ command, args: ['-c', configFile], logFile: options.logFile ?? `${storeDir}.log` });
    await untilUp(server, 'nats-server', () => hasJetStream(port), { timeoutMs: 30_000, intervalMs: 20 });
  }
  let server: ServerProcess;
  await start();
  return {
    url: `nats://127.0.0.1:${port}`,
    get pid() {
      return server.pid;
    },
    get exited() {
      return server.exited;
    },
    stop: () => server.stop(),
    kill: (signal) => server.kill(signal),
    start,
    async wipe() {
      await server.kill();
      rmSync(storeDir, { recursive: true, force: true });
      await start();
    },
  };
}

function natsCommand(): string {
  const command = findProgram('nats-server');
  if (command === undefined) throw new Error('no nats-server here (Debian: apt-get install nats-server)');
  return command;
}

function config(port: number, storeDir: string, syncs: boolean): string {
  return [
    'host: 127.0.0.1',
    `port: ${port}`,
    `jetstream { store_dir: ${JSON.stringify(storeDir)}${syncs ? ', sync_interval: always' : ''} }`,
    'max_payload: 1MB',
    '',
  ].join('\n');
}

/** `sync_interval` came with 2.10; 2.9, which Debian 12 has, refuses to start with an unknown key. */
function canSyncAlways(command: string): boolean {
  const version = /v(\d+)\.(\d+)/.exec(execFileSync(command, ['--version'], { encoding: 'utf8' }));
  const [major, minor] = [Number(version?.[1]), Number(version?.[2])];
  return major > 2 || (major === 2 && minor >= 10);
}

/** The server greets every connection with one line of JSON. */
async function hasJetStream(port: number): Promise<boolean> {
  return (await greeting(port)).includes('"jetstream":true');
}

function greeting(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    socket.setTimeout(1_000, () => socket.destroy(new Error('no greeting')));
    socket.once('error', reject);
    socket.once('data', (data) => {
      socket.destroy();
      resolve(data.toString('utf8'));
    });
  });
}
