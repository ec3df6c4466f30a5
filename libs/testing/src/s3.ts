import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:net';
import { once } from 'node:events';
import { freePort } from './free-port.js';
import { type ServerProcess, startProcess, untilUp } from './server-process.js';
import { tempDir } from './temp-dir.js';

export interface S3Options {
  readonly port?: number;
  /** Kept between starts; default a new temporary directory. */
  readonly dataDir?: string;
  readonly logFile?: string;
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  readonly bucket?: string;
}

export interface S3Server {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Exists when the server is ready. */
  readonly bucket: string;
  readonly pid: number;
  readonly exited: ServerProcess['exited'];
  stop(): Promise<void>;
  /** SIGKILL unless told otherwise. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again on the same port with the same objects. */
  start(): Promise<void>;
}

/** Starts our verifying S3 server (`./s3`) as a process of its own on 127.0.0.1. */
export async function startS3(options: S3Options = {}): Promise<S3Server> {
  const port = options.port ?? (await freePort());
  const dataDir = options.dataDir ?? join(tempDir('videoapi-s3'), 'data');
  const { accessKeyId = 'videoapi', secretAccessKey = 'videoapi-local-secret', bucket = 'videoapi' } = options;

  async function start(): Promise<void> {
    mkdirSync(dataDir, { recursive: true });
    server = startProcess({
      command: process.execPath,
      args: mainModule(),
      env: {
        PATH: process.env['PATH'],
        S3_PORT: String(port),
        S3_ROOT: dataDir,
        S3_BUCKET: bucket,
        S3_ACCESS_KEY_ID: accessKeyId,
        S3_SECRET_ACCESS_KEY: secretAccessKey,
      },
      logFile: options.logFile ?? `${dataDir}.log`,
    });
    await untilUp(server, 'the S3 server', () => accepts(port), { timeoutMs: 30_000 });
  }
  let server: ServerProcess;
  await start();
  return {
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    accessKeyId,
    secretAccessKey,
    bucket,
    get pid() {
      return server.pid;
    },
    get exited() {
      return server.exited;
    },
    stop: () => server.stop(),
    kill: (signal) => server.kill(signal),
    start,
  };
}

/** Built: `dist/s3/main.js`. In tests there is only the source, which Node runs once `./x.js` is led to `./x.ts`. */
function mainModule(): string[] {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const main = new URL(`./s3/main.${extension}`, import.meta.url).pathname;
  if (extension === 'js') return [main];
  const hook = `import { registerHooks } from 'node:module';
    const led = (name) => (name.startsWith('.') ? name.replace(/\\.js$/, '.ts') : name);
    registerHooks({ resolve: (name, context, next) => next(led(name), context) });`;
  return ['--import', `data:text/javascript,${encodeURIComponent(hook)}`, main];
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } finally {
    socket.destroy();
  }
}
