import { Logger, type OnApplicationShutdown } from '@nestjs/common';
import { jetstream, type JetStreamClient, type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { AppError } from '@videoapi/contracts';
import { EventEmitter, once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectionOptions, type NatsOptions } from './connection-options.js';
import { bootstrapStreams } from './streams.js';

const startBudgetMs = 30_000;
const log = new Logger('nats');

/**
 * The one connection of a process to NATS, shared by rpc, consumers, relay and publisher. It reconnects for ever; while
 * it cannot, `connected` is false and whoever would send must fail or wait instead of filling the client's buffer.
 */
export class Nats implements OnApplicationShutdown {
  private up = true;
  private bootstrapping: Promise<void> | undefined;
  private readonly events = new EventEmitter().setMaxListeners(0);
  private readonly waiting = new Set<(error: AppError) => void>();

  constructor(
    readonly connection: NatsConnection,
    readonly jetstream: JetStreamClient,
    readonly manager: JetStreamManager,
    private readonly release: () => Promise<void>,
  ) {
    void this.follow();
  }

  get connected(): boolean {
    return this.up && !this.connection.isClosed();
  }

  /** @throws AppError `unavailable` when no pong arrives within `timeoutMs`. For readiness checks. */
  async ping(timeoutMs = 1_000): Promise<void> {
    if (!this.connected) throw new AppError('unavailable', 'Not connected to NATS.');
    const late = sleep(timeoutMs, 'late', { ref: false });
    if ((await Promise.race([this.connection.flush(), late])) === 'late')
      throw new AppError('unavailable', 'NATS does not answer.');
  }

  onReconnect(listener: () => void): () => void {
    this.events.on('reconnect', listener);
    return () => this.events.off('reconnect', listener);
  }

  /** Resolves at once while connected. @throws AbortError */
  async untilConnected(signal: AbortSignal): Promise<void> {
    while (!this.connected) await once(this.events, 'reconnect', { signal });
  }

  /**
   * The answer to a request, or a rejection as soon as the connection breaks: the client itself would wait for the whole
   * timeout. What was asked may have been done.
   * @throws AppError `unavailable`
   */
  async unlessLost<T>(answer: Promise<T>): Promise<T> {
    const { promise: lost, reject } = Promise.withResolvers<never>();
    this.waiting.add(reject);
    try {
      return await Promise.race([answer, lost]);
    } finally {
      this.waiting.delete(reject);
    }
  }

  /** Makes the platform's streams again where the server has lost them. Many callers, one attempt. */
  ensureStreams(): Promise<void> {
    this.bootstrapping ??= this.bootstrap().finally(() => {
      this.bootstrapping = undefined;
    });
    return this.bootstrapping;
  }

  private async bootstrap(): Promise<void> {
    for (const drift of await bootstrapStreams(this.connection)) log.warn({ event: 'stream_drift', ...drift });
  }

  /** Gives back what `openNats` gave. The last user's call drains and closes the connection. */
  async close(): Promise<void> {
    await this.release();
  }

  // Not onModuleDestroy: Nest runs that before the transports drain, and their last acks need the connection.
  async onApplicationShutdown(): Promise<void> {
    await this.close();
  }

  private async follow(): Promise<void> {
    for await (const status of this.connection.status()) {
      if (status.type === 'disconnect') {
        this.up = false;
        log.warn({ event: 'nats_disconnected', server: status.server });
        for (const reject of this.waiting) reject(new AppError('unavailable', 'The connection to NATS was lost.'));
      } else if (status.type === 'reconnect') {
        this.up = true;
        log.log({ event: 'nats_reconnected', server: status.server });
        this.events.emit('reconnect');
      } else if (status.type === 'error') {
        log.error({ event: 'nats_error', err: status.error });
      }
    }
    this.up = false;
  }
}

interface Shared {
  readonly nats: Promise<Nats>;
  users: number;
}
const shared = new Map<string, Shared>();

/**
 * The process's connection for this app and URL, opened on first use. Every call is paired with one `nats.close()`.
 * @throws AppError `unavailable` when no server answers within 30 s.
 */
export async function openNats(options: NatsOptions): Promise<Nats> {
  const key = `${options.app} ${options.url}`;
  const entry = shared.get(key) ?? { nats: dial(options, () => leave(key)), users: 0 };
  entry.users += 1;
  shared.set(key, entry);
  try {
    return await entry.nats;
  } catch (error) {
    if (shared.get(key) === entry) shared.delete(key);
    throw error;
  }
}

async function leave(key: string): Promise<void> {
  const entry = shared.get(key);
  if (entry === undefined) return;
  entry.users -= 1;
  if (entry.users > 0) return;
  shared.delete(key);
  const { connection } = await entry.nats;
  // drain() waits for the server; without one there is nothing to flush to.
  if (connection.isClosed()) return;
  await Promise.race([connection.drain(), sleep(2_000, undefined, { ref: false })]);
  await connection.close();
}

async function dial(options: NatsOptions, release: () => Promise<void>): Promise<Nats> {
  const deadline = Date.now() + startBudgetMs;
  for (;;) {
    try {
      const connection = await connect(connectionOptions(options));
      const manager = await jetstreamManager(connection, { checkAPI: false });
      return new Nats(connection, jetstream(connection), manager, release);
    } catch (cause) {
      if (Date.now() > deadline) throw new AppError('unavailable', 'NATS cannot be reached.', { cause });
      log.warn({ event: 'nats_connect_failed', err: cause });
      await sleep(500);
    }
  }
}
