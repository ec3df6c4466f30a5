import { request } from 'node:http';
import { eventually, type ServerProcess } from '@videoapi/testing';

/** Waits for 200 from `/health/ready`; gives up with the end of the log when the process exits or time runs out. */
export async function untilHealthy(process: ServerProcess, port: number, timeoutMs = 60_000): Promise<void> {
  let gone = false;
  void process.exited.then(() => (gone = true));
  try {
    await eventually(async () => gone || (await status(port)) === 200, { timeoutMs, intervalMs: 50, message: 'ready' });
  } catch (error) {
    throw new Error(`not ready within ${timeoutMs / 1_000} s\n${process.logTail()}`, { cause: error });
  }
  if (gone) throw new Error(`exited before it was ready\n${process.logTail()}`);
}

function status(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port, path: '/health/ready', timeout: 2_000, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    call.on('timeout', () => call.destroy(new Error('no answer')));
    call.on('error', reject);
    call.end();
  });
}
