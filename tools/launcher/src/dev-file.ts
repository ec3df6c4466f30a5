import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { writePrivate } from './private-file.js';
import { type DemoAccount } from './secrets.js';
import { type Service } from './services.js';
import { serviceDatabaseUrl, type Stack } from './stack.js';
import { type Supervised } from './supervised.js';

/** `<home>/dev.json`: where the stack is and how to get in. It is there exactly while the stack is ready. */
export function writeDevFile(stack: Stack, services: readonly Service[], demo: DemoAccount): void {
  const { urls, natsUrl, s3, postgresUrl } = stack;
  const owners = services.filter((service) => service.ownsSchema);
  writePrivate(join(stack.settings.home, 'dev.json'), {
    gateway: urls.gateway,
    webhooks: urls.webhooks,
    console: `${urls.gateway}/console`,
    simulator: urls.simulator,
    control: urls.control,
    nats: natsUrl,
    s3,
    postgres: postgresUrl,
    databases: Object.fromEntries(owners.map(({ name }) => [name, serviceDatabaseUrl(stack, name)])),
    accountId: demo.accountId,
    keys: { ...demo.keys, aistudios: { appId: demo.accountId, userKey: demo.keys.live } },
  });
}

export function removeDevFile(home: string): void {
  rmSync(join(home, 'dev.json'), { force: true });
}

/** `<home>/pids.json`: the process of every server and service, as of now. */
export function writePids(home: string, all: readonly Supervised[]): void {
  const running = all.filter(({ pid }) => pid !== 0);
  writePrivate(join(home, 'pids.json'), Object.fromEntries(running.map(({ name, pid }) => [name, pid])));
}
