import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Content } from './collect.js';

const run = promisify(execFile);

const timeoutMs = 10_000;
const maxPictureBytes = 4 * 1024 * 1024;

/** `null`: these bytes have no picture. Throws when ffmpeg itself is missing or was cut off. */
export async function drawFrame(
  content: Content,
  { extension, durationMs }: { extension: string; durationMs: number },
): Promise<Buffer | null> {
  if (content.place === 'disk') return frameOf(content.path, extension, durationMs);
  // ffmpeg must seek: the tables of many files come last.
  const path = join(tmpdir(), `videoapi-frame-${randomUUID()}`);
  try {
    await writeFile(path, content.bytes, { mode: 0o600, flag: 'wx' });
    return await frameOf(path, extension, durationMs);
  } finally {
    await rm(path, { force: true });
  }
}

async function frameOf(path: string, extension: string, durationMs: number): Promise<Buffer | null> {
  const demuxer = extension === 'mp4' || extension === 'mov' ? 'mov' : 'matroska';
  // Past a fade-in, but within the shortest clip.
  const at = String(Math.min(1, durationMs / 3_000));
  // The bytes are a stranger's: one demuxer that we choose, and no protocol that could reach further than this file.
  const input = ['-protocol_whitelist', 'file,pipe', '-f', demuxer, '-ss', at, '-i', `file:${path}`];
  const frame = ['-an', '-sn', '-dn', '-frames:v', '1', '-vf', "scale='min(640,iw)':-2", '-threads', '1'];
  const picture = ['-c:v', 'libwebp', '-quality', '75', '-compression_level', '2', '-f', 'webp', 'pipe:1'];
  const args = ['-nostdin', '-v', 'error', '-threads', '1', ...input, ...frame, ...picture];
  try {
    const { stdout } = await run('ffmpeg', args, {
      encoding: 'buffer',
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      maxBuffer: maxPictureBytes,
      // None of our secrets is in its environment.
      env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' },
    });
    return stdout.length > 0 ? stdout : null;
  } catch (error) {
    if (hasExitCode(error)) return null;
    throw error;
  }
}

/** It ran to its end and said no; `ENOENT` or a signal is another matter. */
function hasExitCode(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'number';
}
