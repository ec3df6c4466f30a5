// `node migrate-main.js <role>=<script> …`: runs every app's own migrate command, one after another in one process, since
// loading the database library takes longer than looking at a schema that is up to date. Wants MIGRATION_DATABASE_URL
// and DATABASE_ROLE_PASSWORD. No imports of ours: specs run it from source.
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

for (const argument of process.argv.slice(2)) {
  const [role = '', script = ''] = argument.split('=', 2);
  process.env['DATABASE_ROLE'] = role;
  await import(pathToFileURL(resolve(script)).href);
}
