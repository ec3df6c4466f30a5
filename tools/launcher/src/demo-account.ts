import { grantCredits } from '@videoapi/contracts';
import { type RpcClient } from '@videoapi/messaging';
import { whenServed } from './catalog.js';
import { runOnce } from './once.js';
import { type DemoAccount, demoAccount } from './secrets.js';

const demoCredits = '1000000';

/**
 * The account and its keys, by the gateway's own command, which wants DATABASE_URL and API_KEY_PEPPER. Made on the first
 * start; later starts hand the known keys in and get them back.
 */
export async function openDemoAccount(
  seedScript: string,
  env: NodeJS.ProcessEnv,
  known?: DemoAccount,
): Promise<DemoAccount> {
  const keys = known === undefined ? {} : { SEED_KEYS_JSON: JSON.stringify(known.keys) };
  const printed = await runOnce(seedScript, [], { ...env, ...keys });
  const lastLine = printed.trim().split('\n').at(-1) ?? '';
  return demoAccount.parse(JSON.parse(lastLine));
}

/** Once in the life of the account, however often it is asked. */
export async function grantDemoCredits(rpc: RpcClient, { accountId }: DemoAccount): Promise<void> {
  const grant = { key: `seed:${accountId}`, accountId, amount: demoCredits, category: 'promo', actor: 'seed' } as const;
  await whenServed(() => rpc.call(grantCredits, grant, { timeoutMs: 10_000 }));
}
