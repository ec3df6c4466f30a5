// Starts the platform once for all end-to-end specs, as `npm start` does, with its own data and ports. Plain JavaScript:
// jest loads this file outside the transform that the specs go through.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Away from the default, so that a developer's own stack may run at the same time. */
const portBase = Number(process.env.E2E_PORT_BASE ?? 18_080);
/**
 * A host whose files the platform may be sent to, beside one that it may not: both are this machine, since all of 127/8 is
 * loopback. So `hostile` can show what becomes of a call that has begun. The port is one that no service has.
 */
const assetSite = { host: '127.0.0.2', port: portBase + 40 };

/** Where `silent-asset` has a server that never answers. */
const silentPort = portBase + 41;

export default async function globalSetup() {
  const home = mkdtempSync(join(tmpdir(), 'videoapi-e2e-'));
  const launcher = spawn(process.execPath, ['tools/launcher/dist/main.js'], {
    cwd: root,
    env: {
      ...process.env,
      VIDEOAPI_HOME: home,
      VIDEOAPI_PORT_BASE: String(portBase),
      ASSET_ALLOW: `${assetSite.host}/32:${assetSite.port},127.0.0.1/32:${silentPort}`,
      NODE_OPTIONS: '',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  await untilReady(launcher);
  process.env.E2E_DEV_FILE = join(home, 'dev.json');
  process.env.E2E_SILENT_PORT = String(silentPort);
  process.env.E2E_ASSET_SITE = `${assetSite.host}:${assetSite.port}`;
  globalThis.stopE2eStack = async () => {
    await stop(launcher);
    if (process.env.E2E_KEEP !== undefined) process.stdout.write(`kept ${home}\n`);
    else rmSync(home, { recursive: true, force: true });
  };
  JSON.parse(readFileSync(process.env.E2E_DEV_FILE, 'utf8'));
}

function untilReady(launcher) {
  const { promise, resolve, reject } = Promise.withResolvers();
  let said = '';
  const listen = (chunk) => {
    said += chunk;
    if (/^ready: /m.test(said)) resolve();
  };
  launcher.stdout.on('data', listen);
  launcher.stderr.on('data', listen);
  launcher.once('exit', (code) => reject(new Error(`the launcher ended with ${code}\n${said}`)));
  setTimeout(() => reject(new Error(`the launcher was not ready in time\n${said}`)), 120_000).unref();
  return promise;
}

async function stop(launcher) {
  if (launcher.exitCode !== null) return;
  const { promise, resolve } = Promise.withResolvers();
  launcher.once('exit', resolve);
  launcher.kill('SIGINT');
  await promise;
}
