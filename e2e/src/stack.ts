import { readFileSync } from 'node:fs';
import { eventually } from '@videoapi/testing';
import pg from 'pg';

/** What `npm start` writes when it is ready. */
export interface DevFile {
  readonly gateway: string;
  readonly webhooks: string;
  readonly simulator: string;
  readonly control: string;
  readonly nats: string;
  readonly accountId: string;
  readonly databases: Readonly<Record<string, string>>;
  readonly keys: Readonly<Record<'live' | 'test' | 'yishang' | 'admin', string>> & {
    readonly aistudios: { readonly appId: string; readonly userKey: string };
  };
}

/** The stack that the whole run shares; started once, before the first spec. */
export function sharedStack(): DevFile {
  const file = process.env['E2E_DEV_FILE'];
  if (file === undefined) throw new Error('E2E_DEV_FILE is not set: run through jest.config.mjs');
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** One statement as the service's own role. */
export async function query<Row extends object>(
  stack: DevFile,
  service: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client({ connectionString: stack.databases[service] });
  await client.connect();
  try {
    return (await client.query<Row>(text, [...values])).rows;
  } finally {
    await client.end();
  }
}

/** What a chaos test does to one process: `kill`, `stop`, `start`, `wipe`, `hang`, `resume`. */
export async function act(stack: DevFile, process: string, action: string): Promise<void> {
  const response = await fetch(`${stack.control}/processes/${process}/${action}`, {
    method: 'POST',
    headers: { 'x-videoapi-control': 'e2e' },
    signal: AbortSignal.timeout(60_000),
  });
  if (!response.ok) throw new Error(`${action} ${process}: ${response.status} ${await response.text()}`);
}

/** What the launcher says of its processes. */
export async function processes(stack: DevFile): Promise<{ name: string; state: string; restarts: number }[]> {
  const response = await fetch(`${stack.control}/processes`, { signal: AbortSignal.timeout(5_000) });
  return JSON.parse(await response.text());
}

/** Resolves when every process serves again. */
export async function untilAllReady(stack: DevFile): Promise<void> {
  await eventually(
    async () => {
      const late = (await processes(stack)).filter(({ state }) => state !== 'ready').map(({ name }) => name);
      if (late.length > 0) throw new Error(`not ready: ${late.join(', ')}`);
    },
    { timeoutMs: 60_000, intervalMs: 200 },
  );
}
