import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Runs a script to its end and returns what it printed. Fails with what it wrote to stderr. */
export async function runOnce(script: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  try {
    const { stdout } = await run(process.execPath, [script, ...args], { env, timeout: 120_000, maxBuffer: 16 << 20 });
    return stdout;
  } catch (error) {
    const output = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
    throw new Error(`${script} failed\n${output.split('\n').slice(-30).join('\n')}`, { cause: error });
  }
}
