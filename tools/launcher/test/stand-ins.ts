import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { tempDir } from '@videoapi/testing';
import { type Service } from '../src/services.js';
import { port } from '../src/stack.js';

const transport = createRequire(import.meta.url).resolve('@nats-io/transport-node');

/** A gateway that only has a health port, and remembers how it was migrated and seeded. */
const health = `
  import { createServer } from 'node:http';
  createServer((_, response) => response.end()).listen(Number(process.env.HEALTH_PORT), '127.0.0.1');
`;
const migrate = `
  import { appendFileSync } from 'node:fs';
  const { MIGRATION_DATABASE_URL, DATABASE_ROLE, DATABASE_ROLE_PASSWORD } = process.env;
  const url = new URL(MIGRATION_DATABASE_URL);
  appendFileSync(process.env.STAND_IN_LOG, \`migrate \${url.pathname} \${DATABASE_ROLE} \${DATABASE_ROLE_PASSWORD.length}\\n\`);
`;
const seed = `
  const known = process.env.SEED_KEYS_JSON;
  const made = { live: 'vga_live_' + process.pid, test: 't', yishang: 'y', admin: 'a' };
  console.log(JSON.stringify({ accountId: 'acct_demo', keys: known === undefined ? made : JSON.parse(known) }));
`;

/** Answers every rpc the way that Nest's transport would, and writes down what it was asked. */
const answers = `${health}
  import { appendFileSync } from 'node:fs';
  import nats from ${JSON.stringify(transport)};
  const connection = await nats.connect({ servers: process.env.NATS_URL, reconnect: true, maxReconnectAttempts: -1 });
  const replies = {
    'rpc.orchestrator.v1.apply_catalog': { revision: '1', models: 1, channels: 1, pricesChanged: 1 },
    'rpc.billing.v1.grant': { available: '1000000', reserved: '0' },
  };
  for await (const message of connection.subscribe('rpc.>')) {
    const { id, data } = message.json();
    const detail = data.key ?? data.catalog.channels[0].baseUrl;
    appendFileSync(process.env.STAND_IN_LOG, message.subject + ' ' + detail + '\\n');
    message.respond(JSON.stringify({ id, response: { ok: replies[message.subject] }, isDisposed: true }));
  }
`;
const broken = `console.log('no such table: account'); process.exit(3);`;

const catalog = `
sandboxChannel: simulator
channels: [{ id: simulator, provider: simulator, baseUrl: '\${SIMULATOR_URL}/simulator' }]
models:
  - id: first
    name: First
    capabilities: { types: [text-to-video], resolutions: [720p], durations: { values: [5] }, aspectRatios: ['16:9'] }
    defaults: { resolution: 720p, aspectRatio: '16:9', duration: 5 }
    price: { mode: per_call, credits: 10 }
`;

/** A root with two services in the place of ours. */
export function standInRoot(options: { broken?: boolean } = {}): string {
  const root = tempDir('videoapi-root');
  const put = (path: string, content: string): void => {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), content);
  };
  put('package.json', '{"type":"module"}');
  put('config/catalog.yaml', catalog);
  put('apps/gateway/dist/main.js', options.broken === true ? broken : health);
  put('apps/gateway/dist/migrate.js', migrate);
  put('apps/gateway/dist/seed.js', seed);
  put('apps/answers/dist/main.js', answers);
  put('apps/answers/dist/migrate.js', migrate);
  return root;
}

export const standIns: readonly Service[] = [
  { name: 'gateway', ownsSchema: true, env: ({ settings }) => ({ PORT: String(port(settings, 'gateway')) }) },
  { name: 'answers', ownsSchema: true, env: () => ({}) },
];
