import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writePrivate } from './private-file.js';
import { newServiceAccount } from './service-account.js';

const generated = z
  .string()
  .min(32)
  .default(() => randomBytes(32).toString('base64url'));

const demoKeys = z.object({ live: z.string(), test: z.string(), yishang: z.string(), admin: z.string() });
export const demoAccount = z.object({ accountId: z.string(), keys: demoKeys });
/** The account that a new installation has; a key is shown once, so it is kept here. */
export type DemoAccount = z.output<typeof demoAccount>;

const secrets = z.object({
  postgresPassword: generated,
  /** Of every service's database role. */
  rolePassword: generated,
  s3SecretAccessKey: generated,
  callbackTokenKey: generated,
  mediaLinkKey: generated,
  apiKeyPepper: generated,
  internalTokenKey: generated,
  simulatorApiKey: generated,
  /** JSON. */
  simulatorServiceAccount: z.string().default(newServiceAccount),
  /** 32 bytes, base64. */
  webhookSecretKek: z.base64().default(() => randomBytes(32).toString('base64')),
  /** Of credentials that are entered for channels: 32 bytes, base64. */
  credentialKek: z.base64().default(() => randomBytes(32).toString('base64')),
  demo: demoAccount.optional(),
});
export type Secrets = z.output<typeof secrets>;

/** Reads `<home>/secrets.json` and adds what is missing: made once, kept for as long as the data that they protect. */
export function openSecrets(home: string): Secrets {
  const file = join(home, 'secrets.json');
  const known = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const complete = secrets.parse(known);
  keepSecrets(home, complete);
  return complete;
}

export function keepSecrets(home: string, values: Secrets): void {
  writePrivate(join(home, 'secrets.json'), values);
}
