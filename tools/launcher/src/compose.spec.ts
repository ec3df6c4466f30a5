import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { tempDir } from '@videoapi/testing';
import { parse } from 'yaml';
import { z } from 'zod';
import { openSecrets } from './secrets.js';
import { services } from './services.js';
import { readSettings } from './settings.js';
import { describeStack } from './stack.js';

const home = tempDir();
const stack = describeStack(readSettings({ VIDEOAPI_HOME: home }, '/repo'), openSecrets(home));
const file = readFileSync(fileURLToPath(new URL('../../../docker-compose.yml', import.meta.url)), 'utf8');
const compose = z
  .object({
    services: z.record(z.string(), z.object({ environment: z.record(z.string(), z.string()).default({}) })),
    networks: z.object({
      platform: z.object({ ipam: z.object({ config: z.tuple([z.object({ subnet: z.string() })]) }) }),
    }),
  })
  .parse(parse(file, { merge: true }));
const [{ subnet }] = compose.networks.platform.ipam.config;
const valueOf = (service: string, name: string) => compose.services[service]?.environment[name];

/** What every service gets: `environmentOf` here, `x-env` there. */
const shared = new Set(['NATS_URL', 'HEALTH_PORT', 'LOG_LEVEL', 'DATABASE_URL']);

/** Set in one of the two only, and why. */
const different: Readonly<Record<string, readonly string[]>> = {
  // A developer's receiver runs on this machine, which containers do not share.
  gateway: ['ALLOW_HTTP_CALLBACKS', 'EGRESS_ALLOW'],
  webhooks: ['ALLOW_HTTP_CALLBACKS', 'EGRESS_ALLOW'],
  // A container has files of its own, listens to others, and calls them back.
  simulator: ['HOST', 'SIMULATOR_CACHE_DIR', 'SIMULATOR_CALLBACK_ALLOW', 'SIMULATOR_STATE_FILE'],
};

describe('docker-compose.yml', () => {
  it.each(services.map((service) => [service.name, service] as const))(
    'sets of %s what the launcher sets',
    (name, service) => {
      const here = new Set(Object.keys(service.env(stack)));
      const there = new Set(Object.keys(compose.services[name]?.environment ?? {}).filter((key) => !shared.has(key)));
      expect(
        [...here]
          .filter((key) => !there.has(key))
          .concat([...there].filter((key) => !here.has(key)))
          .toSorted(),
      ).toEqual([...(different[name] ?? [])].toSorted());
    },
  );

  it.each(services.map(({ name }) => name))('sets of %s nothing that it does not read', (name) => {
    const config = readFileSync(fileURLToPath(new URL(`../../../apps/${name}/src/config.ts`, import.meta.url)), 'utf8');
    const unread = Object.keys(compose.services[name]?.environment ?? {}).filter(
      (key) => !shared.has(key) && !config.includes(` ${key}: `),
    );
    // What the catalogue's channels name as their address and credentials, the worker reads under any name.
    expect(unread.filter((key) => name !== 'provider-worker' || !key.startsWith('SIMULATOR_'))).toEqual([]);
  });

  it('lets services reach each other where the network guard stands between them, and nothing else', () => {
    const portOf = (url: string | undefined) => new URL(url ?? '').port;
    // Files that a call carries come out of the bucket, results out of the simulator.
    expect(valueOf('provider-worker', 'ASSET_ALLOW')).toBe(`${subnet}:${portOf(valueOf('uploads', 'S3_ENDPOINT'))}`);
    expect(valueOf('uploads', 'EGRESS_ALLOW')).toBe(`${subnet}:${portOf(valueOf('provider-worker', 'SIMULATOR_URL'))}`);
    expect(valueOf('simulator', 'SIMULATOR_CALLBACK_ALLOW')).toBe(subnet);
  });
});
