import { z } from 'zod';
import { credits, signedCredits } from './credits.js';
import { defineRpc } from './define.js';
import { priceParams, priceSpec, quote } from './price.js';
import { taskId } from './task.js';

const verdict = z.discriminatedUnion('verdict', [
  z.object({ verdict: z.literal('placed'), taskId, quote }),
  z.object({ verdict: z.literal('insufficient'), taskId, required: credits, available: credits }),
  z.object({ verdict: z.literal('over_max'), taskId, required: credits }),
  z.object({ verdict: z.enum(['no_price', 'frozen', 'cancelled', 'conflict']), taskId }),
]);
export type HoldVerdict = z.output<typeof verdict>;

/** Hold id = task id: a repeat gets the stored answer. Many at once, because both sides work in batches. */
export const placeHold = defineRpc(
  'rpc.billing.v1.place_hold',
  z.object({
    holds: z
      .array(
        z.object({
          taskId,
          accountId: z.string().min(1),
          model: z.string().min(1),
          params: priceParams,
          maxCredits: credits.optional(),
        }),
      )
      .min(1)
      .max(512),
  }),
  z.object({ verdicts: z.array(verdict) }),
);

/** The same computation without a hold. `no_price` → AppError. */
export const quotePrice = defineRpc(
  'rpc.billing.v1.quote',
  z.object({ accountId: z.string().nullable(), model: z.string(), params: priceParams }),
  z.object({ quote }),
);

export const getWallet = defineRpc(
  'rpc.billing.v1.get_wallet',
  z.object({ accountId: z.string() }),
  z.object({ balance: credits, held: credits, available: credits }),
);

export const listEntries = defineRpc(
  'rpc.billing.v1.list_entries',
  z.object({ accountId: z.string(), limit: z.int().min(1).max(100), before: z.string().optional() }),
  z.object({
    entries: z.array(
      z.object({
        version: z.string(),
        kind: z.string(),
        amount: signedCredits,
        availableAfter: credits,
        reservedAfter: credits,
        reference: z.string().nullable(),
        createdAt: z.iso.datetime({ offset: true }),
      }),
    ),
    hasMore: z.boolean(),
  }),
);

/** What an account pays, or the public price when `accountId` is null. */
export const listPrices = defineRpc(
  'rpc.billing.v1.list_prices',
  z.object({ accountId: z.string().nullable() }),
  z.object({ prices: z.array(z.object({ model: z.string(), price: priceSpec })) }),
);

/** Replaces the prices in force of the given lists; unchanged rows are kept, changed ones become new rows. */
export const applyPrices = defineRpc(
  'rpc.billing.v1.apply_prices',
  z.object({ prices: z.array(z.object({ priceList: z.string(), model: z.string(), price: priceSpec })).min(1) }),
  z.object({ changed: z.int().nonnegative() }),
);
export const defaultPriceList = 'default';

export const setPriceList = defineRpc(
  'rpc.billing.v1.set_price_list',
  z.object({ accountId: z.string(), priceList: z.string().nullable() }),
  z.object({ priceList: z.string().nullable() }),
);

const walletState = z.object({ available: credits, reserved: credits });

/** `key` makes it happen once: a payment id or an admin's operation id. */
export const grantCredits = defineRpc(
  'rpc.billing.v1.grant',
  z.object({
    key: z.string().min(1).max(200),
    accountId: z.string().min(1),
    amount: credits,
    category: z.enum(['paid', 'promo']).default('paid'),
    priority: z.int().min(0).max(1000).default(50),
    expiresAt: z.iso.datetime({ offset: true }).nullable().default(null),
    actor: z.string().default('system'),
  }),
  walletState,
);

export const clawBackCredits = defineRpc(
  'rpc.billing.v1.claw_back',
  z.object({
    key: z.string().min(1).max(200),
    accountId: z.string(),
    amount: credits,
    actor: z.string().default('system'),
  }),
  walletState.extend({ clawed: credits, shortage: credits }),
);

export const refundCredits = defineRpc(
  'rpc.billing.v1.refund',
  z.object({ key: z.string().min(1).max(200), taskId, amount: credits, actor: z.string().default('system') }),
  walletState.extend({ refunded: credits }),
);
