import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { startNats } from './nats.js';
import { startPostgres } from './postgres.js';
import { processWide } from './process-wide.js';

export interface SharedPostgres {
  readonly adminUrl: string;
  readonly host: string;
  readonly port: number;
}

export interface SharedNats {
  readonly url: string;
}

/** One PostgreSQL for all spec files that this jest worker runs. It dies with the worker. */
export function sharedPostgres(): Promise<SharedPostgres> {
  return processWide('postgres', async () => {
    const { adminUrl, host, port } = await startPostgres({ durable: false });
    return { adminUrl, host, port };
  });
}

/** One NATS for all spec files of this worker: its streams outlive a file. A file that minds takes its own `startNats()`. */
export function sharedNats(): Promise<SharedNats> {
  return processWide('nats', async () => ({ url: (await startNats()).url }));
}

/** A new, empty database on the shared PostgreSQL → the superuser's URL of it. `name` is a prefix, for people. */
export async function freshDatabase(name: string): Promise<string> {
  const { adminUrl } = await sharedPostgres();
  const database = `${name}_${randomBytes(4).toString('hex')}`;
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  try {
    await client.query(`create database ${client.escapeIdentifier(database)}`);
  } finally {
    await client.end();
  }
  const url = new URL(adminUrl);
  url.pathname = `/${database}`;
  return url.href;
}
