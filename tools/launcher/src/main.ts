// `npm start`.
import { banner } from './banner.js';
import { Launcher } from './launcher.js';
import { root } from './root.js';
import { services } from './services.js';
import { readSettings } from './settings.js';

const started = performance.now();

function tell(line: string): void {
  process.stdout.write(`${((performance.now() - started) / 1_000).toFixed(1).padStart(5)} s  ${line}\n`);
}

function explain(error: unknown): void {
  process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
}

try {
  const launcher = new Launcher({ settings: readSettings(process.env, root), services, root, tell });
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    if (stopping === undefined) tell('stopping');
    stopping ??= launcher.stop();
    return stopping;
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (stopping === undefined) void stop().then(() => process.exit(0));
      else void launcher.kill().finally(() => process.exit(1)); // asked twice
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
