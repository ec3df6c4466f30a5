import { execFileSync } from 'node:child_process';

/** Runs curl and returns the status and body of the answer. */
export function curl(...args: string[]): { status: number; body: string } {
  const output = execFileSync('curl', ['-sS', '-w', '\n%{http_code}', ...args], {
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  });
  const at = output.lastIndexOf('\n');
  return { status: Number(output.slice(at + 1)), body: output.slice(0, at) };
}
