import { escapeIdentifier, Client } from 'pg';
import { runOnce } from './once.js';
import { type Service } from './services.js';
import { serviceRole, type Stack } from './stack.js';

/** Makes the database if it is missing and brings every service's schema up to date, all at once. */
export async function migrateAll(
  stack: Stack,
  services: readonly Service[],
  script: (app: string, name: string) => string,
): Promise<void> {
  if (stack.settings.outside.postgresUrl === undefined) await ensureDatabase(stack.postgresUrl);
  const owners = services.filter((service) => service.ownsSchema);
  await Promise.all(
    owners.map(({ name }) =>
      runOnce(script(name, 'migrate'), {
        ...process.env,
        NODE_COMPILE_CACHE: `${stack.settings.home}/compile-cache`,
        MIGRATION_DATABASE_URL: stack.postgresUrl,
        DATABASE_ROLE: serviceRole(name),
        DATABASE_ROLE_PASSWORD: stack.secrets.rolePassword,
      }),
    ),
  );
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
