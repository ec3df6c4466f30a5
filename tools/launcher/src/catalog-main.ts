// `npm run catalog -- apply [file]`: applies a catalogue to the running stack, or to the one behind NATS_URL.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { apply, readCatalog, withRpc } from './catalog.js';
import { root } from './root.js';

const devFile = z.object({ nats: z.string(), simulator: z.string() });

const [verb, file = join(root, 'config/catalog.yaml')] = process.argv.slice(2);
if (verb !== 'apply') {
  process.stderr.write('usage: npm run catalog -- apply [file]\n');
  process.exit(64);
}
const stack = process.env['NATS_URL'] === undefined ? runningStack() : undefined;
const env = { ...(stack === undefined ? {} : { SIMULATOR_URL: stack.simulator }), ...process.env };
const natsUrl = process.env['NATS_URL'] ?? stack?.nats ?? '';
const result = await withRpc(natsUrl, (rpc) => apply(rpc, readCatalog(file, env)));
process.stdout.write(`${JSON.stringify(result)}\n`);

function runningStack(): z.output<typeof devFile> {
  const home = process.env['VIDEOAPI_HOME'] ?? join(root, '.videoapi');
  return devFile.parse(JSON.parse(readFileSync(join(home, 'dev.json'), 'utf8')));
}
