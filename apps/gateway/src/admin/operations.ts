import { catalog, credentialName, credentialSecret } from '@videoapi/contracts';
import { type Operation } from '@videoapi/dialects';
import { z } from 'zod';
import { operations as keys } from '../api-key/operations.js';
import { entries, entriesPage, toCredits, wallet } from '../credit/credit-view.js';
import { account, auditPage, channelCredentials } from './admin-view.js';

const tag = 'Administration';
const path = z.object({ id: z.string() });
const amount = z.int().nonnegative();

const limit = z.int().min(1).max(10_000_000).nullable().default(null);
export const createAccountBody = z
  .object({
    id: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,64}$/)
      .optional()
      .describe('Makes a repeat a conflict instead of a second account.'),
    name: z.string().min(1).max(200),
    requests_per_minute: limit,
    max_queued: limit.describe(
      'Unfinished tasks of the account at once. Null: the default, 10,000 unless set otherwise.',
    ),
    max_concurrent: limit.describe('A narrower limit of the same, answered with `concurrency_limited`.'),
  })
  .meta({ id: 'CreateAccount' });

export const accountsQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  after: z.string().max(64).optional(),
});

const operationKey = z.string().min(1).max(120).describe('Makes it happen once, however often it is asked for.');
export const grantBody = z
  .object({
    amount: toCredits,
    key: operationKey,
    category: z.enum(['paid', 'promo']).default('paid'),
    priority: z.int().min(0).max(1000).default(50),
    expires_at: z.iso.datetime({ offset: true }).nullable().default(null),
  })
  .meta({ id: 'GrantCredits' });
export const clawBackBody = z.object({ amount: toCredits, key: operationKey }).meta({ id: 'ClawBackCredits' });
export const priceListBody = z
  .object({ price_list: z.string().min(1).max(64).nullable() })
  .meta({ id: 'SetPriceList' });

export const credentialsBody = z
  .object({
    credentials: z
      .record(credentialName, credentialSecret.nullable())
      .refine((entries) => Object.keys(entries).length > 0, 'must name at least one')
      .describe('By the name that the adapter gives them. Null takes an entered one away.'),
  })
  .meta({ id: 'SetChannelCredentials' });

export const auditQuery = z.object({
  account_id: z.string().max(64).optional(),
  before: z
    .string()
    .regex(/^\d{1,18}$/)
    .optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});

const shown = (description: string, body: z.ZodType) => [{ status: 200, description, body }] as const;

export const accountOperations = {
  list: {
    id: 'adminListAccounts',
    tag,
    summary: 'List accounts',
    query: accountsQuery,
    answers: shown('Newest first.', listOf(account)),
    refusals: ['invalid_field'],
  },
  get: {
    id: 'adminGetAccount',
    tag,
    summary: 'Read an account',
    path,
    answers: shown('The account.', account),
    refusals: ['not_found'],
  },
  create: {
    id: 'adminCreateAccount',
    tag,
    summary: 'Create an account',
    body: { json: createAccountBody, isRequired: true },
    answers: [{ status: 201, description: 'The account.', body: account }],
    refusals: ['conflict'],
  },
  disable: {
    id: 'adminDisableAccount',
    tag,
    summary: 'Disable an account',
    description: 'Its keys stop working; what is under way goes on.',
    path,
    answers: shown('The account.', account),
    refusals: ['not_found'],
  },
  enable: {
    id: 'adminEnableAccount',
    tag,
    summary: 'Enable an account',
    path,
    answers: shown('The account.', account),
    refusals: ['not_found'],
  },
  listKeys: { ...keys.list, id: 'adminListApiKeys', tag, summary: 'List its API keys', path, refusals: ['not_found'] },
  createKey: { ...keys.create, id: 'adminCreateApiKey', tag, path },
  changeKey: { ...keys.change, id: 'adminChangeApiKey', tag, path: path.extend({ keyId: z.string() }) },
  revokeKey: { ...keys.revoke, id: 'adminRevokeApiKey', tag, path: path.extend({ keyId: z.string() }) },
} as const satisfies Record<string, Operation>;

export const creditOperations = {
  wallet: {
    id: 'adminGetCredits',
    tag,
    summary: 'Its credits',
    path,
    answers: shown('The wallet.', wallet),
    refusals: ['not_found'],
  },
  entries: {
    id: 'adminListCreditEntries',
    tag,
    summary: 'Every movement of its credits',
    path,
    query: entriesPage,
    answers: shown('One page.', entries),
    refusals: ['not_found', 'invalid_field'],
  },
  grant: {
    id: 'adminGrantCredits',
    tag,
    summary: 'Grant credits',
    path,
    body: { json: grantBody, isRequired: true },
    answers: shown('What it has now.', z.object({ available: amount, reserved: amount })),
    refusals: ['not_found', 'conflict'],
  },
  clawBack: {
    id: 'adminClawBackCredits',
    tag,
    summary: 'Take credits back',
    path,
    body: { json: clawBackBody, isRequired: true },
    answers: shown(
      'What was taken, and what was not there to be taken.',
      z.object({ available: amount, reserved: amount, clawed: amount, shortage: amount }),
    ),
    refusals: ['not_found', 'conflict'],
  },
  priceList: {
    id: 'adminSetPriceList',
    tag,
    summary: 'Put an account on a price list',
    path,
    body: { json: priceListBody, isRequired: true },
    answers: shown('The list; null is the ordinary one.', z.object({ price_list: z.string().nullable() })),
    refusals: ['not_found'],
  },
} as const satisfies Record<string, Operation>;

export const channelOperations = {
  getCredentials: {
    id: 'adminGetChannelCredentials',
    tag,
    summary: 'Which credentials a channel has',
    description: 'Never the credentials themselves.',
    path,
    answers: shown('The credentials by name.', channelCredentials),
    refusals: ['not_found'],
  },
  setCredentials: {
    id: 'adminSetChannelCredentials',
    tag,
    summary: 'Enter credentials for a channel',
    description:
      'They are sealed before they are stored, go before what the catalogue names, and cannot be read again. ' +
      'Entering one again replaces it. A channel that was taken out tries again at once.',
    path,
    body: { json: credentialsBody, isRequired: true },
    answers: shown('The credentials by name.', channelCredentials),
    refusals: ['not_found', 'invalid_field'],
  },
} as const satisfies Record<string, Operation>;

export const platformOperations = {
  applyCatalog: {
    id: 'adminApplyCatalog',
    tag,
    summary: 'Apply a catalogue',
    description: 'The whole of it at once: models, channels, routes and prices.',
    body: { json: catalog.meta({ id: 'Catalog' }), isRequired: true },
    answers: shown(
      'Applied.',
      z.object({
        revision: z.string(),
        models: z.int(),
        channels: z.int(),
        prices_changed: z.int(),
      }),
    ),
  },
  audit: {
    id: 'adminListAudit',
    tag,
    summary: 'Who did what',
    description: 'Newest first.',
    query: auditQuery,
    answers: shown('One page.', auditPage),
    refusals: ['invalid_field'],
  },
} as const satisfies Record<string, Operation>;

function listOf(item: z.ZodType) {
  return z.object({
    object: z.literal('list'),
    data: z.array(item),
    last_id: z.string().nullable(),
    has_more: z.boolean(),
  });
}
