import { z } from 'zod';
import { capabilities, modelDefaults } from './capability.js';
import { priceSpec } from './price.js';

const id = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/);
/** The last token of a job subject. */
export const lane = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,31}$/);

/** `env:NAME` or `file:/path`: where provider-worker finds the secret. Never the secret itself. */
export const credentialReference = z.string().regex(/^(env:[A-Z][A-Z0-9_]*|file:\/.+)$/);

/** An account of ours at a provider: where to call, with which credential, how much at once. */
export const channel = z.object({
  id,
  provider: id,
  lane: lane.optional(),
  baseUrl: z.url(),
  credentials: z.record(z.string(), credentialReference).default({}),
  enabled: z.boolean().default(true),
  /** Simultaneous generations. */
  slots: z.int().positive().default(100),
  /** Submits a second, and how many may burst. */
  ratePerSecond: z.number().positive().default(1000),
  burst: z.int().positive().default(1000),
  options: z.record(z.string(), z.unknown()).default({}),
});
export type Channel = z.output<typeof channel>;

export const route = z.object({
  channel: id,
  /** The provider's own name for the model. */
  upstreamModel: z.string().min(1),
  /** Lower first; equal ones share by whoever has a free slot. */
  priority: z.int().nonnegative().default(0),
  enabled: z.boolean().default(true),
  /** May a failed attempt be tried on the next route after the provider had accepted it? */
  failoverAfterAcceptance: z.boolean().default(false),
});
export type Route = z.output<typeof route>;

/** Seconds. Each is a durable timer. */
export const deadlines = z.object({
  queue: z.int().positive().default(3600),
  submit: z.int().positive().default(120),
  generation: z.int().positive().default(3600),
  total: z.int().positive().default(7200),
});

export const model = z.object({
  id,
  name: z.string().min(1),
  description: z.string().default(''),
  ownedBy: z.string().default('videoapi'),
  /** Unix seconds, for OpenAI clients. */
  created: z.int().nonnegative().default(1_760_000_000),
  status: z.enum(['active', 'disabled', 'retired']).default('active'),
  successor: id.optional(),
  capabilities,
  defaults: modelDefaults,
  price: priceSpec,
  /** How long this model usually renders: the first poll, and the cost in fair queueing. */
  p50Seconds: z.number().positive().default(60),
  deadlines: deadlines.default(() => deadlines.parse({})),
  routes: z.array(route).default([]),
});
export type Model = z.output<typeof model>;

/** Another price for some accounts. */
export const priceOverride = z.object({ priceList: id, model: id, price: priceSpec });

/** `config/catalog.yaml` after `${NAME}` expansion: the whole of models, channels, routes and prices. */
export const catalog = z
  .object({
    channels: z.array(channel).min(1),
    /** Test-mode keys (`vga_test_…`) always land here. */
    sandboxChannel: id,
    models: z.array(model).min(1),
    priceOverrides: z.array(priceOverride).default([]),
  })
  .superRefine((value, context) => {
    const channels = new Set(value.channels.map((entry) => entry.id));
    const models = new Set(value.models.map((entry) => entry.id));
    const complain = (message: string, path: (string | number)[]) =>
      context.addIssue({ code: 'custom', message, path });
    if (channels.size !== value.channels.length) complain('two channels share an id', ['channels']);
    if (models.size !== value.models.length) complain('two models share an id', ['models']);
    if (!channels.has(value.sandboxChannel)) complain('no such channel', ['sandboxChannel']);
    value.models.forEach((entry, index) => {
      entry.routes.forEach((target, position) => {
        if (!channels.has(target.channel))
          complain('no such channel', ['models', index, 'routes', position, 'channel']);
      });
      if (entry.successor !== undefined && !models.has(entry.successor)) {
        complain('no such model', ['models', index, 'successor']);
      }
    });
    value.priceOverrides.forEach((entry, index) => {
      if (!models.has(entry.model)) complain('no such model', ['priceOverrides', index, 'model']);
    });
  });
export type Catalog = z.output<typeof catalog>;
