// The one entry of `npm start`, `npm test`, `npm run check` and `npm run bench`. Runs on any Node from 20.11 with nothing
// installed; whatever comes after the installation runs on the Node that the lock file pins.
import { check } from './bootstrap/check.mjs';
import { installPackages } from './bootstrap/packages.mjs';
import { run, runSilently } from './bootstrap/run.mjs';
import { installSystemParts, outsideParts } from './bootstrap/system.mjs';
import { report, test } from './bootstrap/test.mjs';

function build() {
  process.stdout.write('Building…\n');
  return runSilently('turbo', ['run', 'build', '--output-logs=errors-only', '--log-prefix=none']);
}

const commands = {
  async start(args) {
    await installSystemParts(outsideParts());
    await build();
    return run('node', ['tools/launcher/dist/main.js', ...args], { quiet: true, own: true });
  },
  async test(args) {
    await installSystemParts();
    await build();
    return test(args);
  },
  check,
  async bench(args) {
    await installSystemParts();
    await build();
    return run('node', ['bench/dist/main.js', ...args], { quiet: true, own: true });
  },
};

const [name = '', ...args] = process.argv.slice(2);
const command = commands[name];
if (command === undefined) {
  process.stderr.write(`usage: node tools/bootstrap.mjs ${Object.keys(commands).join('|')} [arguments]\n`);
  process.exit(64);
}
try {
  await installPackages();
  process.exitCode = (await command(args)) ?? 0;
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  if (name === 'test') report({ passed: 0, failed: 1 });
  process.exitCode = 1;
}
