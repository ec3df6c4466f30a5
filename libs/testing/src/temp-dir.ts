import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Writable } from 'node:stream';
import { processWide } from './process-wide.js';

/** A new directory that other users may enter (PostgreSQL never runs as root). It is removed when this process ends. */
export function tempDir(prefix = 'videoapi'): string {
  const path = mkdtempSync(join(tmpdir(), `${prefix}-`));
  chmodSync(path, 0o755);
  processWide('sweeper', startSweeper).write(`${path}\n`);
  return path;
}

/**
 * A shell that reads paths until its input ends, which the kernel sees to even if this process is killed, and then
 * removes them. Jest never runs exit handlers of a spec file, so this cannot be one. The retries are for servers that
 * are still stopping.
 */
function startSweeper(): Writable {
  const script = `
    set --
    while IFS= read -r path; do set -- "$@" "$path"; done
    for wait in 0.2 0.5 1 2 4; do sleep $wait; rm -rf -- "$@" 2>/dev/null && exit; done`;
  const shell = spawn('sh', ['-c', script], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  shell.unref();
  if ('unref' in shell.stdin && typeof shell.stdin.unref === 'function') shell.stdin.unref();
  return shell.stdin;
}
