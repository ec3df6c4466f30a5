import { loadConfig } from '@videoapi/chassis';
import { createDataSource, databaseEnv } from '@videoapi/database';
import { z } from 'zod';
import { demoKeys, seedDemo } from './demo.js';

const env = loadConfig(
  z.object({
    DATABASE_URL: databaseEnv.DATABASE_URL,
    API_KEY_PEPPER: z.string().min(32),
    /** The keys that an earlier run printed. */
    SEED_KEYS_JSON: z.string().optional(),
  }),
);

const known = env.SEED_KEYS_JSON === undefined ? undefined : demoKeys.parse(JSON.parse(env.SEED_KEYS_JSON));
const source = createDataSource({ url: env.DATABASE_URL, poolSize: 1, applicationName: 'gateway-seed' });
await source.initialize();
try {
  const demo = await seedDemo(source, env.API_KEY_PEPPER, known);
  process.stdout.write(`${JSON.stringify(demo)}\n`);
} finally {
  await source.destroy();
}
