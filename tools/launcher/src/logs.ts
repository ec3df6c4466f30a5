import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';

export function logFile(home: string, name: string): string {
  return join(home, 'logs', `${name}.log`);
}

/** Each start begins new files and keeps those of the start before. */
export function turnLogs(home: string, names: readonly string[]): void {
  mkdirSync(join(home, 'logs'), { recursive: true });
  for (const file of names.map((name) => logFile(home, name))) {
    if (existsSync(file)) renameSync(file, `${file}.1`);
  }
}
