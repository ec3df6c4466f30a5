import { inTransaction } from '@videoapi/database';
import { type DataSource, type EntityManager } from 'typeorm';
import { z } from 'zod';
import { insertAccount } from './account/account.store.js';
import { insertKey } from './api-key/api-key.store.js';
import { hashKey } from './api-key/key-hash.js';
import { mintKey, parseKey } from './api-key/key-format.js';
import { defaultScopes, type KeyDialect, type Scope, scopes } from './api-key/scope.js';

export const demoAccountId = 'acc_demo';

export const demoKeys = z.object({ live: z.string(), test: z.string(), yishang: z.string(), admin: z.string() });
export type DemoKeys = z.output<typeof demoKeys>;

interface DemoKey {
  readonly mode: 'live' | 'test';
  readonly dialect: KeyDialect;
  readonly scopes: readonly Scope[];
}

const wanted = {
  live: { mode: 'live', dialect: 'openai', scopes: [...defaultScopes, 'keys:manage'] },
  test: { mode: 'test', dialect: 'openai', scopes: defaultScopes },
  yishang: { mode: 'live', dialect: 'yishang', scopes: defaultScopes },
  admin: { mode: 'live', dialect: 'openai', scopes },
} as const satisfies Record<keyof DemoKeys, DemoKey>;

/**
 * The account that a new installation starts with, and its four keys. A key cannot be read back, so whoever keeps them
 * hands them in again (`known`) and the same ones stay in force; without them, new ones are made.
 */
export function seedDemo(source: DataSource, pepper: string, known: DemoKeys | undefined) {
  return inTransaction(source, async (tx) => {
    const limits = { requestsPerMinute: null, maxQueued: null, maxConcurrent: null };
    await insertAccount(tx, { id: demoAccountId, name: 'Demo', ...limits });
    return {
      accountId: demoAccountId,
      keys: {
        live: await ensureKey(tx, pepper, 'live', known?.live),
        test: await ensureKey(tx, pepper, 'test', known?.test),
        yishang: await ensureKey(tx, pepper, 'yishang', known?.yishang),
        admin: await ensureKey(tx, pepper, 'admin', known?.admin),
      },
    };
  });
}

async function ensureKey(tx: EntityManager, pepper: string, name: keyof DemoKeys, known?: string): Promise<string> {
  const { mode, dialect, scopes: allowed } = wanted[name];
  const key = known === undefined ? mintKey(mode) : parseKey(known);
  if (key === undefined) throw new Error(`SEED_KEYS_JSON: ${name} is not a key`);
  await insertKey(tx, {
    id: key.id,
    accountId: demoAccountId,
    name: `Demo ${name}`,
    mode: key.mode,
    dialect,
    scopes: allowed,
    hash: hashKey(pepper, key.text),
    lastFour: key.text.slice(-4),
    limits: { requestsPerMinute: null, maxConcurrent: null },
    createdBy: 'seed',
    expiresAt: null,
  });
  return key.text;
}
