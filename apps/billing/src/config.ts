import { loadConfig, serviceEnv } from '@videoapi/chassis';
import { databaseEnv } from '@videoapi/database';
import { natsEnv } from '@videoapi/messaging';
import { z } from 'zod';

const env = z.object({
  ...serviceEnv,
  ...databaseEnv,
  ...natsEnv,
  /** Available credits below which an account is told, once per crossing, unless its wallet has a mark of its own; 0: never. */
  LOW_WATER_CREDITS: z
    .string()
    .regex(/^\d{1,15}$/)
    .default('1000'),
  /** Requests that share a transaction at most; 1 shows what batching is worth. */
  LEDGER_BATCH_SIZE: z.coerce.number().int().min(1).max(512).default(512),
  /** How long credit lives that is refunded, or that comes back after its lot has ended. */
  REFUND_LIFETIME_DAYS: z.coerce.number().int().min(1).default(7),
});

export type Env = z.output<typeof env>;

export interface BillingConfig {
  readonly database: { readonly url: string; readonly poolSize: number };
  readonly natsUrl: string;
  readonly lowWater: bigint;
  readonly batchSize: number;
  /** An interval of PostgreSQL. */
  readonly refundLifetime: string;
}

export function readEnv(): Env {
  return loadConfig(env);
}

export function billingConfig(values: Env): BillingConfig {
  return {
    database: { url: values.DATABASE_URL, poolSize: values.DATABASE_POOL_SIZE },
    natsUrl: values.NATS_URL,
    lowWater: BigInt(values.LOW_WATER_CREDITS),
    batchSize: values.LEDGER_BATCH_SIZE,
    refundLifetime: `${values.REFUND_LIFETIME_DAYS} days`,
  };
}
