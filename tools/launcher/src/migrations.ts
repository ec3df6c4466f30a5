import { Client, escapeIdentifier } from 'pg';
import { runOnce } from './once.js';
import { type Service } from './services.js';
import { serviceRole, type Stack } from './stack.js';

/** Beside this file, built or not. */
const migrateMain = import.meta.filename.replace(/migrations\.(js|ts)$/, 'migrate-main.$1');

/** Makes the database if it is missing and brings every service's schema up to date. */
export async function migrateAll(
  stack: Stack,
  services: readonly Service[],
  script: (app: string, name: string) => string,
): Promise<void> {
  if (stack.settings.outside.postgresUrl === undefined) await ensureDatabase(stack.postgresUrl);
  const owners = services.filter((service) => service.ownsSchema);
  const commands = owners.map(({ name }) => `${serviceRole(name)}=${script(name, 'migrate')}`);
  await runOnce(migrateMain, commands, {
    ...process.env,
    NODE_COMPILE_CACHE: `${stack.settings.home}/compile-cache`,
    MIGRATION_DATABASE_URL: stack.postgresUrl,
    DATABASE_ROLE_PASSWORD: stack.secrets.rolePassword,
  });
}

async function ensureDatabase(url: string): Promise<void> {
  const database = new URL(url).pathname.slice(1);
  const maintenance = new URL(url);
  maintenance.pathname = '/postgres';
  const client = new Client({ connectionString: maintenance.href, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [database]);
    if (rowCount === 0) await client.query(`create database ${escapeIdentifier(database)}`);
  } finally {
    await client.end();
  }
}
