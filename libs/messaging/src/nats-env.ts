import { z } from 'zod';

/** Shape fragment for a service's configuration. Several servers of one cluster are separated by commas. */
export const natsEnv = {
  NATS_URL: z
    .string()
    .min(1)
    .refine((value) => value.split(',').every((url) => /^(nats|tls):\/\/[^\s,]+$/.test(url.trim())), {
      error: 'must be nats://host:port or tls://host:port, comma-separated',
    }),
};
