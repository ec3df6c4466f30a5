// `npm start`.
import { banner } from './banner.js';
import { Launcher } from './launcher.js';
import { root } from './root.js';
import { services } from './services.js';
import { readSettings } from './settings.js';

const started = performance.now();
/** One Ctrl-C arrives up to three times: from the terminal, and passed on by npm and by the script that it runs. */
const sameRequestMs = 2_000;

function tell(line: string): void {
  process.stdout.write(`${((performance.now() - started) / 1_000).toFixed(1).padStart(5)} s  ${line}\n`);
}

function explain(error: unknown): void {
  process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
}

try {
  const launcher = new Launcher({ settings: readSettings(process.env, root), services, root, tell });
  let stopping: Promise<void> | undefined;
  let askedAt = 0;
  const stop = (): Promise<void> => {
    if (stopping === undefined) tell('stopping');
    stopping ??= launcher.stop();
    return stopping;
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      const now = performance.now();
      if (stopping === undefined) {
        askedAt = now;
        void stop().then(() => process.exit(0));
      } else if (now - askedAt > sameRequestMs) {
        void launcher.kill().finally(() => process.exit(1)); // asked twice
      }
    });
  }
  try {
    const ready = await launcher.start();
    tell('ready');
    process.stdout.write(banner(launcher.stack, ready));
  } catch (error) {
    if (stopping === undefined) explain(error);
    await stop();
    process.exitCode = 1;
  }
} catch (error) {
  explain(error);
  process.exitCode = 1;
}
