import { randomUUID } from 'node:crypto';
import { Controller } from '@nestjs/common';
import { Log } from '@videoapi/chassis';
import {
  AppError,
  catalogChanged,
  getChannelCredentials,
  type RpcRequest,
  type RpcResponse,
  setChannelCredentials,
} from '@videoapi/contracts';
import { inTransaction, insertOutbox } from '@videoapi/database';
import { eventMessage, HandleRpc, OutboxRelay } from '@videoapi/messaging';
import { DataSource } from 'typeorm';
import { Dispatcher } from '../dispatch/dispatcher.service.js';
import { leaveNotes } from '../dispatch/notes.js';
import { CatalogSnapshots } from './catalog-snapshots.js';
import { readEdition } from './catalog.store.js';
import { readCredentials, writeCredentials } from './credential.store.js';

/** Credentials that operators enter. They arrive sealed and are opened nowhere here. */
@Controller()
export class CredentialRpc {
  constructor(
    private readonly source: DataSource,
    private readonly relay: OutboxRelay,
    private readonly snapshots: CatalogSnapshots,
    private readonly dispatcher: Dispatcher,
    private readonly log: Log,
  ) {}

  @HandleRpc(getChannelCredentials)
  get({ channelId }: RpcRequest<typeof getChannelCredentials>): Promise<RpcResponse<typeof getChannelCredentials>> {
    return readCredentials(this.source, channelId);
  }

  /** A channel that was taken out for its credentials may try again with these. */
  @HandleRpc(setChannelCredentials)
  async set(request: RpcRequest<typeof setChannelCredentials>): Promise<RpcResponse<typeof setChannelCredentials>> {
    const { channelId, credentials } = request;
    const now = await inTransaction(this.source, async (tx) => {
      await writeCredentials(tx, channelId, credentials);
      const edition = await readEdition(tx);
      if (edition === undefined) throw new AppError('not_found', 'There is no such channel.');
      await leaveNotes(tx, [{ channelId, kind: 'mended' }]);
      const data = { revision: edition.revision };
      await insertOutbox(tx, [
        eventMessage(catalogChanged, { id: randomUUID(), key: 'catalog', data, occurredAt: new Date() }),
      ]);
      return readCredentials(tx, channelId);
    });
    this.relay.nudge();
    await this.snapshots.refresh();
    this.dispatcher.wake([channelId]);
    this.log.info({ event: 'channel_credentials_set', channelId, names: Object.keys(credentials) });
    return now;
  }
}
