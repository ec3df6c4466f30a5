// Makes the demo account of the stack behind DATABASE_URL (the gateway's), API_KEY_PEPPER and NATS_URL, and prints its
// keys: what the launcher does for itself, for a stack that something else has started.
import { join } from 'node:path';
import { withRpc } from './catalog.js';
import { grantDemoCredits, openDemoAccount } from './demo-account.js';
import { root } from './root.js';

const natsUrl = process.env['NATS_URL'];
if (natsUrl === undefined) throw new Error('NATS_URL is not set');
const demo = await openDemoAccount(join(root, 'apps/gateway/dist/seed.js'), process.env);
await withRpc(natsUrl, (rpc) => grantDemoCredits(rpc, demo));
process.stdout.write(`${JSON.stringify(demo, null, 2)}\n`);
