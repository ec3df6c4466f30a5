import { addressList, loadConfig, port, sealingKey, serviceEnv } from '@videoapi/chassis';
import { databaseEnv } from '@videoapi/database';
import { natsEnv } from '@videoapi/messaging';
import { z } from 'zod';

/** Per provider, the secrets with which it may sign: `{"kling":["whsec_…"]}`. */
const callbackSecrets = z
  .string()
  .default('{}')
  .transform((text, context) => {
    const parsed = z.record(z.string(), z.array(z.string().min(1))).safeParse(readJson(text));
    if (parsed.success) return parsed.data;
    context.addIssue('must be a JSON object of lists of secrets');
    return z.NEVER;
  });

export const envSchema = z.object({
  ...serviceEnv,
  ...databaseEnv,
  ...natsEnv,
  PORT: port,
  /** Prefix of the media links in delivery bodies. */
  PUBLIC_URL: z.url({ protocol: /^https?$/ }),
  /** Shared with the orchestrator, which makes the callback addresses. */
  CALLBACK_TOKEN_KEY: z.string().min(32),
  CALLBACK_SECRETS: callbackSecrets,
  /** Seals signing secrets in the database: 32 bytes, base64. */
  WEBHOOK_SECRET_KEK: sealingKey,
  /** Private addresses that deliveries may go to. */
  EGRESS_ALLOW: addressList,
  /** Deliveries over plain HTTP to public addresses. */
  ALLOW_HTTP_CALLBACKS: z.stringbool().default(false),
  /** Deliveries in flight at once in this process, to receivers that answer quickly. */
  FAST_DELIVERIES: z.coerce.number().int().min(1).default(400),
  /** The same for receivers that do not. */
  SLOW_DELIVERIES: z.coerce.number().int().min(1).default(100),
});

export type Env = z.output<typeof envSchema>;

export interface WebhooksConfig {
  readonly publicUrl: string;
  readonly callbackTokenKey: string;
  readonly callbackSecrets: Readonly<Record<string, readonly string[]>>;
  readonly secretKek: Buffer;
  readonly egress: { readonly allow: readonly string[]; readonly allowHttp: boolean };
  readonly slots: { readonly fast: number; readonly slow: number };
  readonly database: { readonly url: string; readonly poolSize: number };
  readonly natsUrl: string;
}

export function readEnv(): Env {
  return loadConfig(envSchema);
}

export function webhooksConfig(values: Env): WebhooksConfig {
  return {
    publicUrl: values.PUBLIC_URL.replace(/\/+$/, ''),
    callbackTokenKey: values.CALLBACK_TOKEN_KEY,
    callbackSecrets: values.CALLBACK_SECRETS,
    secretKek: values.WEBHOOK_SECRET_KEK,
    egress: { allow: values.EGRESS_ALLOW, allowHttp: values.ALLOW_HTTP_CALLBACKS },
    slots: { fast: values.FAST_DELIVERIES, slow: values.SLOW_DELIVERIES },
    database: { url: values.DATABASE_URL, poolSize: values.DATABASE_POOL_SIZE },
    natsUrl: values.NATS_URL,
  };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
