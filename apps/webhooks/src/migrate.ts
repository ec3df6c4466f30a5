import { loadConfig } from '@videoapi/chassis';
import { migrate } from '@videoapi/database';
import { z } from 'zod';
import { migrations } from './db/migrations/index.js';

const env = loadConfig(
  z.object({
    MIGRATION_DATABASE_URL: z.url(),
    DATABASE_ROLE: z.string().default('videoapi_webhooks'),
    DATABASE_ROLE_PASSWORD: z.string().optional(),
  }),
);

const ran = await migrate({
  url: env.MIGRATION_DATABASE_URL,
  schema: 'webhooks',
  role: env.DATABASE_ROLE,
  ...(env.DATABASE_ROLE_PASSWORD !== undefined && { password: env.DATABASE_ROLE_PASSWORD }),
  migrations,
});
process.stdout.write(`${JSON.stringify({ event: 'migrated', schema: 'webhooks', ran })}\n`);
