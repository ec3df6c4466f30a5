import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { eventually } from './eventually.js';
import { freePort } from './free-port.js';
import { findProgram, type ServerProcess, startProcess, untilUp } from './server-process.js';
import { tempDir } from './temp-dir.js';

export interface PostgresOptions {
  readonly port?: number;
  /** Kept between starts; default a new temporary directory. Root needs it where the user `postgres` can reach it. */
  readonly dataDir?: string;
  readonly logFile?: string;
  /** Password of the superuser; without one, local connections are trusted. */
  readonly password?: string;
  /** False: no fsync. Data survives a kill -9 of the server, not a power cut; enough for tests. */
  readonly durable?: boolean;
  readonly sharedBuffers?: string;
  readonly maxConnections?: number;
}

export interface PostgresServer {
  /** Superuser `postgres`, database `postgres`. */
  readonly adminUrl: string;
  readonly host: string;
  readonly port: number;
  readonly pid: number;
  readonly exited: ServerProcess['exited'];
  stop(): Promise<void>;
  /** SIGSTOP hangs it; SIGKILL is a crash. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again on the same port with the same data. */
  start(): Promise<void>;
}

/** Starts PostgreSQL on 127.0.0.1 from the binaries of this machine. */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const bin = postgresBinDir();
  const host = '127.0.0.1';
  const port = options.port ?? (await freePort());
  const dataDir = options.dataDir ?? join(tempDir('videoapi-postgres'), 'data');
  const credentials = options.password === undefined ? 'postgres' : `postgres:${encodeURIComponent(options.password)}`;
  const adminUrl = `postgres://${credentials}@${host}:${port}/postgres`;
  const user = postgresUser();
  if (!existsSync(join(dataDir, 'PG_VERSION'))) initialize(join(bin, 'initdb'), dataDir, options.password, user);

  async function start(): Promise<void> {
    server = startProcess({
      command: join(bin, 'postgres'),
      args: ['-D', dataDir, ...settings(options, host, port)],
      logFile: options.logFile ?? `${dataDir}.log`,
      stopSignal: 'SIGINT',
      cwd: '/',
      ...(user === undefined ? {} : { user }),
    });
    await untilUp(server, 'PostgreSQL', () => answers(adminUrl), { timeoutMs: 60_000 });
  }
  let server: ServerProcess;
  await start();
  return {
    adminUrl,
    host,
    port,
    get pid() {
      return server.pid;
    },
    get exited() {
      return server.exited;
    },
    stop: () => server.stop(),
    kill: (signal) => server.kill(signal),
    start: () => eventually(start, { intervalMs: 200, message: 'PostgreSQL starting again' }),
  };
}

/** The newest of Debian's versioned directories, else wherever `postgres` is on PATH; undefined when there is none. */
export function findPostgres(): string | undefined {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const packaged = versions
    .map((version) => join(debian, version, 'bin'))
    .find((dir) => existsSync(join(dir, 'initdb')));
  return packaged ?? findProgram('initdb')?.replace(/\/initdb$/, '');
}

function postgresBinDir(): string {
  const bin = findPostgres();
  if (bin === undefined) throw new Error('no PostgreSQL server here (Debian: apt-get install postgresql)');
  return bin;
}

/** PostgreSQL refuses to run as root, so root runs it as the user that the package made. */
function postgresUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/** `--no-sync`: a cluster that a power cut destroys while it is being made is made again. */
function initialize(
  initdb: string,
  dataDir: string,
  password: string | undefined,
  user: { uid: number; gid: number } | undefined,
): void {
  rmSync(dataDir, { recursive: true, force: true });
  mkdirSync(dataDir, { recursive: true });
  chmodSync(dataDir, 0o700);
  const passwordFile = join(dataDir, '..', '.postgres-password');
  const auth = password === undefined ? ['--auth=trust'] : ['--auth=scram-sha-256', `--pwfile=${passwordFile}`];
  if (password !== undefined) writeFileSync(passwordFile, password, { mode: 0o600 });
  if (user !== undefined) {
    chownSync(dataDir, user.uid, user.gid);
    if (password !== undefined) chownSync(passwordFile, user.uid, user.gid);
  }
  try {
    execFileSync(
      initdb,
      ['-D', dataDir, '-U', 'postgres', '--encoding=UTF8', '--locale=C', '--no-sync', '--no-instructions', ...auth],
      { stdio: 'pipe', cwd: '/', ...user },
    );
  } catch (error) {
    rmSync(dataDir, { recursive: true, force: true });
    throw error;
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

/** No Unix socket: its path may be longer than the 107 bytes that the kernel allows, and nobody here uses it. */
function settings(options: PostgresOptions, host: string, port: number): string[] {
  const { durable = true, sharedBuffers = '128MB', maxConnections = 200 } = options;
  const values: Record<string, string | number> = {
    listen_addresses: host,
    port,
    unix_socket_directories: '',
    shared_buffers: sharedBuffers,
    max_connections: maxConnections,
    max_wal_size: '2GB',
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...(durable ? {} : { fsync: 'off', full_page_writes: 'off' }),
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

async function answers(url: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  try {
    await client.connect();
    await client.query('select 1');
  } finally {
    await client.end().catch(() => undefined);
  }
}
