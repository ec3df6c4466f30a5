import { readFileSync } from 'node:fs';
import { AppError, applyCatalog, type Catalog, catalog, type RpcResponse } from '@videoapi/contracts';
import { openNats, RpcClient } from '@videoapi/messaging';
import { eventually } from '@videoapi/testing';
import { parse } from 'yaml';
import { z } from 'zod';

/**
 * Reads `config/catalog.yaml`; `${NAME}` in it stands for a variable of `env`.
 * @throws Error naming the place of everything that is wrong
 */
export function readCatalog(file: string, env: Readonly<Record<string, string | undefined>>): Catalog {
  const expand = (text: string) =>
    text.replace(/\$\{([A-Z][A-Z0-9_]*)\}/g, (_, name: string) => {
      const value = env[name];
      if (value === undefined) throw new Error(`${file}: ${name} is not set`);
      return value;
    });
  // After parsing, so that a comment may speak of variables and a value cannot change the document's structure.
  const document: unknown = parse(readFileSync(file, 'utf8'), (_key, value: unknown) =>
    typeof value === 'string' ? expand(value) : value,
  );
  const parsed = catalog.safeParse(document);
  if (!parsed.success) throw new Error(`${file}\n${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/** Applies the whole catalogue; every service sees it within two seconds. */
export function apply(rpc: RpcClient, value: Catalog): Promise<RpcResponse<typeof applyCatalog>> {
  return whenServed(() => rpc.call(applyCatalog, { catalog: value }, { timeoutMs: 15_000 }));
}

/** Does `work` with a connection of our own, and closes it. */
export async function withRpc<T>(natsUrl: string, work: (rpc: RpcClient) => Promise<T>): Promise<T> {
  const nats = await openNats({ app: 'launcher', url: natsUrl });
  try {
    return await work(new RpcClient(nats));
  } finally {
    await nats.close();
  }
}

/** A service that has just become ready may be restarted by a test: patience for `unavailable`, nothing else. */
export async function whenServed<T>(call: () => Promise<T>): Promise<T> {
  const outcome = await eventually(
    async () => {
      try {
        return { value: await call() };
      } catch (error) {
        if (error instanceof AppError && error.code === 'unavailable') throw error;
        return { error };
      }
    },
    { timeoutMs: 30_000, intervalMs: 200, message: 'an answer' },
  );
  if ('error' in outcome) throw outcome.error;
  return outcome.value;
}
