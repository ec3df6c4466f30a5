import { z } from 'zod';
import { credits } from './credits.js';

const amount = z.int().positive();

/** How a model is billed. A price of 0 is refused: a free offer is a grant. `audio: null` means with or without. */
export const priceSpec = z.discriminatedUnion('mode', [
  z.object({ mode: z.literal('per_call'), credits: amount }),
  z.object({
    mode: z.literal('per_second'),
    rates: z
      .array(
        z.object({
          resolution: z.string().nullable().default(null),
          audio: z.boolean().nullable().default(null),
          credits: amount,
        }),
      )
      .min(1),
  }),
  /** `credits` per `units` provider tokens. */
  z.object({ mode: z.literal('per_token'), credits: amount, units: amount }),
]);
export type PriceSpec = z.output<typeof priceSpec>;

/** The resolved parameters that a price may depend on; nothing else is read when a quote is made. */
export const priceParams = z.object({
  resolution: z.string(),
  /** What would be rendered at most, in milliseconds. */
  durationMs: z.int().positive(),
  audio: z.boolean(),
  /** The adapter's estimate for models billed by token. */
  tokens: z.int().positive().optional(),
});
export type PriceParams = z.output<typeof priceParams>;

/** The price row and amount frozen into a hold: the ceiling of what can ever be charged. */
export const quote = z.object({
  credits,
  priceId: z.string(),
  mode: z.enum(['per_call', 'per_second', 'per_token']),
  rate: credits,
  units: z.int().positive(),
});
export type Quote = z.output<typeof quote>;

/** Measured facts at the end, never an amount: billing alone turns usage into credits. */
export const usage = z.object({ durationMs: z.int().positive().optional(), tokens: z.int().positive().optional() });
export type Usage = z.output<typeof usage>;
