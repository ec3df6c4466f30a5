import { type Server } from 'node:http';
import { join } from 'node:path';
import { startProcess } from '@videoapi/testing';
import { apply, readCatalog, withRpc } from './catalog.js';
import { startControl } from './control.js';
import { grantDemoCredits, openDemoAccount } from './demo-account.js';
import { removeDevFile, writeDevFile, writePids } from './dev-file.js';
import { requireFree } from './free-ports.js';
import { untilHealthy } from './health.js';
import { logFile, turnLogs } from './logs.js';
import { migrateAll } from './migrations.js';
import { type DemoAccount, keepSecrets, openSecrets } from './secrets.js';
import { serverPrograms } from './servers.js';
import { environmentOf, type Service } from './services.js';
import { type Settings } from './settings.js';
import { describeStack, port, serviceDatabaseUrl, type Stack } from './stack.js';
import { type Program, Supervised } from './supervised.js';

export interface LauncherOptions {
  readonly settings: Settings;
  readonly services: readonly Service[];
  /** Holds `apps/<name>/dist` and `config/catalog.yaml`. */
  readonly root: string;
  /** One line about what is going on. */
  readonly tell: (line: string) => void;
}

export interface Ready {
  readonly demo: DemoAccount;
  /** Of the catalogue, for a first call. */
  readonly model: string;
}

/** Starts the whole platform on this machine, keeps it running, and stops all that it started. */
export class Launcher {
  readonly stack: Stack;
  readonly #options: LauncherOptions;
  readonly #servers: readonly Supervised[];
  readonly #services: readonly Supervised[];
  #control: Server | undefined;
  #stopping = false;

  constructor(options: LauncherOptions) {
    const { settings, services } = options;
    this.#options = options;
    this.stack = describeStack(settings, openSecrets(settings.home));
    const supervise = (program: Program): Supervised => new Supervised(program, (self) => this.#changed(self));
    this.#servers = serverPrograms(this.stack).map(supervise);
    this.#services = services.map((service, index) => supervise(this.#program(service, index)));
  }

  /** Resolves when a customer's first call would succeed. */
  async start(): Promise<Ready> {
    const { settings, services, root, tell } = this.#options;
    const script = (app: string, name: string): string => join(root, 'apps', app, 'dist', `${name}.js`);
    const catalog = readCatalog(join(root, 'config/catalog.yaml'), {
      ...process.env,
      SIMULATOR_URL: this.stack.urls.simulator,
    });
    removeDevFile(settings.home);
    await requireFree(this.#ports());
    turnLogs(
      settings.home,
      this.#all().map(({ name }) => name),
    );
    this.#control = await startControl(port(settings, 'control'), this.#all());

    tell(`starting ${this.#servers.map(({ name }) => name).join(', ')}`);
    await startAll(this.#servers);
    tell('migrating');
    await migrateAll(this.stack, services, script);
    if (this.#stopping) throw new Error('stopped while starting');
    tell(`starting ${this.#services.map(({ name }) => name).join(', ')}`);
    const [demo] = await Promise.all([this.#openDemoAccount(script('gateway', 'seed')), startAll(this.#services)]);
    keepSecrets(settings.home, { ...this.stack.secrets, demo });
    await withRpc(this.stack.natsUrl, async (rpc) => {
      await apply(rpc, catalog);
      await grantDemoCredits(rpc, demo);
    });
    if (!this.#stopping) writeDevFile(this.stack, services, demo);
    return { demo, model: catalog.models[0]?.id ?? '' };
  }

  /** Services first, so that they can finish what they have begun. */
  async stop(): Promise<void> {
    this.#stopping = true;
    removeDevFile(this.#options.settings.home);
    await Promise.all(this.#services.map((service) => service.stop()));
    await Promise.all(this.#servers.map((server) => server.stop()));
    this.#control?.close();
    this.#control?.closeAllConnections();
  }

  /** Without asking. */
  async kill(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#all().map((one) => one.kill('SIGKILL')));
  }

  #all(): readonly Supervised[] {
    return [...this.#servers, ...this.#services];
  }

  #changed({ name, state }: Supervised): void {
    writePids(this.#options.settings.home, this.#all());
    if (state === 'crashed' && !this.#stopping) this.#options.tell(`${name} exited, starting it again`);
  }

  #ports(): number[] {
    const { settings, services } = this.#options;
    const { outside } = settings;
    return [
      ...(['gateway', 'webhooks', 'uploads', 'simulator', 'control'] as const).map((name) => port(settings, name)),
      ...(outside.postgresUrl === undefined ? [port(settings, 'postgres')] : []),
      ...(outside.natsUrl === undefined ? [port(settings, 'nats')] : []),
      ...(outside.s3 === undefined ? [port(settings, 's3')] : []),
      ...services.map((_, index) => port(settings, 'health', index)),
    ];
  }

  #openDemoAccount(script: string): Promise<DemoAccount> {
    const { settings, secrets } = this.stack;
    const env = {
      ...process.env,
      NODE_COMPILE_CACHE: `${settings.home}/compile-cache`,
      DATABASE_URL: serviceDatabaseUrl(this.stack, 'gateway'),
      API_KEY_PEPPER: secrets.apiKeyPepper,
    };
    return openDemoAccount(script, env, secrets.demo);
  }

  #program(service: Service, index: number): Program {
    const { settings, root } = this.#options;
    const { name } = service;
    const environment = environmentOf(service, index, this.stack, process.env);
    return {
      name,
      async launch(spawned) {
        const running = startProcess({
          command: process.execPath,
          args: ['--enable-source-maps', join(root, 'apps', name, 'dist', 'main.js')],
          env: environment,
          cwd: root,
          logFile: logFile(settings.home, name),
          stopGraceMs: 15_000,
        });
        spawned(running);
        await untilHealthy(running, port(settings, 'health', index));
      },
    };
  }
}

/** All at once; when one fails, its name and words are what is heard. */
async function startAll(all: readonly Supervised[]): Promise<void> {
  await Promise.all(
    all.map((one) =>
      one.start().catch((cause: unknown) => {
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new Error(`${one.name}: ${reason}`, { cause });
      }),
    ),
  );
}
