import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { startNats, startPostgres, startS3 } from '@videoapi/testing';
import { logFile } from './logs.js';
import { port, type Stack } from './stack.js';
import { type Program } from './supervised.js';

/** The servers that the environment does not bring. Each of their `start` functions waits until it serves. */
export function serverPrograms(stack: Stack): Program[] {
  const { outside } = stack.settings;
  return [
    ...(outside.postgresUrl === undefined ? [postgres(stack)] : []),
    ...(outside.natsUrl === undefined ? [nats(stack)] : []),
    ...(outside.s3 === undefined ? [s3(stack)] : []),
  ];
}

function postgres({ settings, secrets }: Stack): Program {
  const dataDir = join(reachable(settings.home), 'postgres');
  return {
    name: 'postgres',
    launch: async (spawned) =>
      spawned(
        await startPostgres({
          port: port(settings, 'postgres'),
          dataDir,
          password: secrets.postgresPassword,
          logFile: logFile(settings.home, 'postgres'),
          sharedBuffers: '256MB',
        }),
      ),
  };
}

function nats({ settings }: Stack): Program {
  const storeDir = join(settings.home, 'nats');
  return {
    name: 'nats',
    launch: async (spawned) =>
      spawned(await startNats({ port: port(settings, 'nats'), storeDir, logFile: logFile(settings.home, 'nats') })),
    wipe: () => rmSync(storeDir, { recursive: true, force: true }),
  };
}

function s3({ settings, s3: access }: Stack): Program {
  return {
    name: 's3',
    launch: async (spawned) =>
      spawned(
        await startS3({
          port: port(settings, 's3'),
          dataDir: join(settings.home, 's3'),
          logFile: logFile(settings.home, 's3'),
          accessKeyId: access.accessKeyId,
          secretAccessKey: access.secretAccessKey,
          bucket: access.bucket,
        }),
      ),
  };
}

/**
 * As root, PostgreSQL runs as a user of its own, who must be able to enter our home (what is secret there has its own
 * mode). Where it lies in a directory that he cannot enter, the data lies under /var/lib, named after that home.
 */
function reachable(home: string): string {
  mkdirSync(home, { recursive: true });
  if (process.getuid?.() === 0) chmodSync(home, 0o755);
  const everyoneMayEnter = (folder: string): boolean =>
    (statSync(folder).mode & 0o001) !== 0 && (dirname(folder) === folder || everyoneMayEnter(dirname(folder)));
  if (process.getuid?.() !== 0 || everyoneMayEnter(home)) return home;
  const elsewhere = join('/var/lib/videoapi', createHash('sha256').update(home).digest('hex').slice(0, 12));
  mkdirSync(elsewhere, { recursive: true });
  return elsewhere;
}
