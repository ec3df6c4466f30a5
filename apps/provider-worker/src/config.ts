import { loadConfig, sealingKey, serviceEnv } from '@videoapi/chassis';
import { natsEnv } from '@videoapi/messaging';
import { adapters } from '@videoapi/providers';
import { z } from 'zod';

const tokens = z
  .string()
  .transform((text) => text.split(/[\s,]+/).filter((entry) => entry !== ''))
  .refine((entries) => entries.every((entry) => /^(\*|[a-z0-9][a-z0-9_-]{0,31})$/.test(entry)), 'names of lanes');

const sealingKeys = z
  .string()
  .default('')
  .transform((text) => text.split(/[\s,]+/).filter((entry) => entry !== ''))
  .pipe(z.array(sealingKey));

const count = z.coerce.number().int().positive();

/** The environment, before it is given a shape for the parts. */
export const env = z.object({
  ...serviceEnv,
  ...natsEnv,
  /**
   * The lanes this process works on, separated by commas; `*` stands for those of all providers. A channel's lane is its
   * provider unless it names another.
   */
  PROVIDERS: tokens.refine((entries) => entries.length > 0, 'at least one'),
  /**
   * Opens the credentials that operators have entered: 32 bytes, base64. Several are separated by commas; the first one seals
   * what is entered from now on. Without it this process opens and seals none.
   */
  CREDENTIAL_KEK: sealingKeys,
  /** Calls under way at once to one channel, counted apart for submits, looks and cancels. */
  CHANNEL_CONCURRENCY: count.default(256),
  /** Longest wait for the answer to a submit, and to anything else. Milliseconds. */
  SUBMIT_TIMEOUT_MS: count.default(30_000),
  READ_TIMEOUT_MS: count.default(15_000),
  /** Of one result that needs the channel's key. */
  MAX_RESULT_MIB: count.default(2_000),
  DOWNLOADS_AT_ONCE: count.default(8),
  /** Private addresses that input files may be fetched from, `CIDR` or `CIDR:port`, separated by commas. */
  ASSET_ALLOW: z
    .string()
    .default('')
    .transform((text) => text.split(/[\s,]+/).filter((entry) => entry !== '')),
});

export type Env = z.output<typeof env>;

export interface WorkerConfig {
  readonly natsUrl: string;
  readonly lanes: readonly string[];
  readonly channelConcurrency: number;
  readonly submitTimeoutMs: number;
  readonly readTimeoutMs: number;
  /** How long a stopping process has. Milliseconds. */
  readonly shutdownGraceMs: number;
  /** Bytes. */
  readonly maxResultBytes: number;
  readonly downloadsAtOnce: number;
  readonly assetAllow: readonly string[];
  readonly credentialKeks: readonly Buffer[];
  /** What `env:NAME` credentials are read from. */
  readonly secretEnv: Readonly<Record<string, string | undefined>>;
}

export function readEnv(): Env {
  return loadConfig(env);
}

/** A channel may name any variable as its credential, except our own settings. */
export function workerConfig(values: Env, process: Readonly<Record<string, string | undefined>>): WorkerConfig {
  const own = new Set(Object.keys(env.shape));
  return {
    natsUrl: values.NATS_URL,
    lanes: [...new Set(values.PROVIDERS.flatMap((lane) => (lane === '*' ? Object.keys(adapters) : lane)))],
    channelConcurrency: values.CHANNEL_CONCURRENCY,
    submitTimeoutMs: values.SUBMIT_TIMEOUT_MS,
    readTimeoutMs: values.READ_TIMEOUT_MS,
    shutdownGraceMs: values.SHUTDOWN_GRACE_MS,
    maxResultBytes: values.MAX_RESULT_MIB * 1024 * 1024,
    downloadsAtOnce: values.DOWNLOADS_AT_ONCE,
    assetAllow: values.ASSET_ALLOW,
    credentialKeks: values.CREDENTIAL_KEK,
    secretEnv: Object.fromEntries(Object.entries(process).filter(([name]) => !own.has(name))),
  };
}
