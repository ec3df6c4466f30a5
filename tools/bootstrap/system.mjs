import { existsSync, readdirSync } from 'node:fs';
import { find, run } from './run.mjs';

/** What must be on the machine, how it is recognized, and the Debian package that brings it. */
const parts = [
  { name: 'PostgreSQL server', id: 'postgres', package: 'postgresql', here: hasPostgres },
  { name: 'NATS server', id: 'nats', package: 'nats-server', here: () => find('nats-server') !== undefined },
  { name: 'ffmpeg', id: 'ffmpeg', package: 'ffmpeg', here: () => find('ffmpeg') !== undefined },
  { name: 'DejaVu Sans font', id: 'font', package: 'fonts-dejavu-core', here: hasFont },
];

/** Parts that run elsewhere, because the environment says where. */
export function outsideParts() {
  return [
    ...(process.env.VIDEOAPI_POSTGRES_URL ? ['postgres'] : []),
    ...(process.env.VIDEOAPI_NATS_URL ? ['nats'] : []),
  ];
}

/** Installs what is missing where we may (root on a Debian-like system), else says what to install. */
export async function installSystemParts(outside = []) {
  const missing = () => parts.filter((part) => !outside.includes(part.id) && !part.here());
  if (missing().length === 0) return;
  const packages = missing().map((part) => part.package);
  const isRoot = process.getuid?.() === 0;
  if (isRoot && find('apt-get') !== undefined) {
    process.stdout.write(`Installing ${packages.join(', ')}…\n`);
    const apt = { env: { DEBIAN_FRONTEND: 'noninteractive' }, timeoutMs: 10 * 60_000, quiet: true };
    await run('apt-get', ['update', '-qq'], apt);
    await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], apt);
  }
  if (missing().length > 0) throw new Error(explain(missing()));
}

function explain(missing) {
  const lines = missing.map((part) => `missing: ${part.name} (Debian package ${part.package})`);
  const packages = missing.map((part) => part.package).join(' ');
  return [...lines, `install with: sudo apt-get install -y --no-install-recommends ${packages}`].join('\n');
}

/** Debian keeps the server's programs off the PATH. */
function hasPostgres() {
  const folder = '/usr/lib/postgresql';
  const versions = existsSync(folder) ? readdirSync(folder) : [];
  return versions.some((version) => existsSync(`${folder}/${version}/bin/initdb`)) || find('initdb') !== undefined;
}

function hasFont() {
  const folders = ['/usr/share/fonts/truetype/dejavu', '/usr/share/fonts/dejavu-sans-fonts', '/usr/share/fonts/TTF'];
  return folders.some((folder) => existsSync(`${folder}/DejaVuSans.ttf`));
}
