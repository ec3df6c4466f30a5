import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { find, root, run } from './run.mjs';

const stamp = join(root, 'node_modules/.videoapi-lock');

/** `npm install` with the committed lock, unless exactly this lock was installed before. */
export async function installPackages() {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) {
    process.stdout.write('Installing packages…\n');
    // Not `npm ci`: it fails where a registry serves only some platforms' optional binaries.
    const args = ['install', '--no-audit', '--no-fund', '--loglevel=error', '--include=dev', '--include=optional'];
    await run('npm', args, { timeoutMs: 15 * 60_000 });
    writeFileSync(stamp, lock);
  }
  requireNode();
}

/** Linux gets the pinned Node as a package; elsewhere the installed one has to do. */
function requireNode() {
  const pinned = existsSync(join(root, 'node_modules/.bin/node'));
  const [major, minor] = process.versions.node.split('.').map(Number);
  const enough = major > 24 || (major === 24 && minor >= 9);
  if (!pinned && !enough) throw new Error(`Node 24.9 or later is needed, ${find('node')} is ${process.version}`);
}
