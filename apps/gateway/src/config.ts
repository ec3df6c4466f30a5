import { addressList, loadConfig, port, serviceEnv } from '@videoapi/chassis';
import { databaseEnv } from '@videoapi/database';
import { natsEnv } from '@videoapi/messaging';
import { z } from 'zod';

const env = z.object({
  ...serviceEnv,
  ...databaseEnv,
  ...natsEnv,
  PORT: port,
  /** Prefix of every link that we hand out. */
  PUBLIC_URL: z.url({ protocol: /^https?$/ }),
  /** Where the uploads service listens for the bytes of POST /api/upload. */
  UPLOADS_URL: z.url({ protocol: /^https?$/ }),
  /** Shared with uploads: proves for which account a body is forwarded. */
  INTERNAL_TOKEN_KEY: z.string().min(32),
  /** Keyed hash of API keys: a stolen table alone cannot be matched against guesses. */
  API_KEY_PEPPER: z.string().min(32),
  /** Per key, unless the key or its account says otherwise. */
  RATE_LIMIT_PER_MINUTE: z.coerce.number().int().positive().default(600_000),
  /** Per client address, before a key is looked up. */
  IP_RATE_LIMIT_PER_MINUTE: z.coerce.number().int().positive().default(1_200_000),
  /** Unfinished tasks per account, unless the account says otherwise. */
  MAX_QUEUED_TASKS: z.coerce.number().int().positive().default(10_000),
  ALLOW_HTTP_CALLBACKS: z.stringbool().default(false),
  /** Private addresses that a `callback_url` may name: the same list as the webhooks service has. */
  EGRESS_ALLOW: addressList,
});

export type Env = z.output<typeof env>;

export interface GatewayConfig {
  readonly publicUrl: string;
  readonly uploadsUrl: string;
  readonly internalTokenKey: string;
  readonly apiKeyPepper: string;
  readonly rateLimitPerMinute: number;
  readonly ipRateLimitPerMinute: number;
  readonly maxQueuedTasks: number;
  readonly allowHttpCallbacks: boolean;
  readonly egressAllow: readonly string[];
  readonly database: { readonly url: string; readonly poolSize: number };
  readonly natsUrl: string;
}

export function readEnv(): Env {
  return loadConfig(env);
}

export function gatewayConfig(values: Env): GatewayConfig {
  return {
    publicUrl: values.PUBLIC_URL.replace(/\/+$/, ''),
    uploadsUrl: values.UPLOADS_URL.replace(/\/+$/, ''),
    internalTokenKey: values.INTERNAL_TOKEN_KEY,
    apiKeyPepper: values.API_KEY_PEPPER,
    rateLimitPerMinute: values.RATE_LIMIT_PER_MINUTE,
    ipRateLimitPerMinute: values.IP_RATE_LIMIT_PER_MINUTE,
    maxQueuedTasks: values.MAX_QUEUED_TASKS,
    allowHttpCallbacks: values.ALLOW_HTTP_CALLBACKS,
    egressAllow: values.EGRESS_ALLOW,
    database: { url: values.DATABASE_URL, poolSize: values.DATABASE_POOL_SIZE },
    natsUrl: values.NATS_URL,
  };
}
