import { loadConfig, serviceEnv } from '@videoapi/chassis';
import { databaseEnv } from '@videoapi/database';
import { natsEnv } from '@videoapi/messaging';
import { z } from 'zod';
import { shortestHistoryDays } from './retention.js';

const env = z.object({
  ...serviceEnv,
  ...databaseEnv,
  ...natsEnv,
  /** Where providers reach the webhooks service. Without it no provider is asked to call back; polling finds everything. */
  CALLBACK_BASE_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** Signs the last segment of a callback address; shared with the webhooks service. */
  CALLBACK_TOKEN_KEY: z.string().min(32),
  /** After how many days the history of a task that has ended is forgotten; the task stays. */
  TASK_HISTORY_DAYS: z.coerce.number().int().min(shortestHistoryDays).max(3_650).default(30),
});

export type Env = z.output<typeof env>;

export interface OrchestratorConfig {
  readonly callbackBaseUrl: string | undefined;
  readonly callbackTokenKey: string;
  readonly database: { readonly url: string; readonly poolSize: number };
  readonly historyDays: number;
  readonly natsUrl: string;
}

export function readEnv(): Env {
  return loadConfig(env);
}

export function orchestratorConfig(values: Env): OrchestratorConfig {
  return {
    callbackBaseUrl: values.CALLBACK_BASE_URL?.replace(/\/+$/, ''),
    callbackTokenKey: values.CALLBACK_TOKEN_KEY,
    database: { url: values.DATABASE_URL, poolSize: values.DATABASE_POOL_SIZE },
    historyDays: values.TASK_HISTORY_DAYS,
    natsUrl: values.NATS_URL,
  };
}
