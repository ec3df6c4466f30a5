import { Body, Controller, Get, Param, Put, Req } from '@nestjs/common';
import {
  getChannelCredentials,
  sealCredentials,
  type SealedCredential,
  setChannelCredentials,
} from '@videoapi/contracts';
import { RpcClient } from '@videoapi/messaging';
import { type FastifyRequest } from 'fastify';
import { DataSource } from 'typeorm';
import { type z } from 'zod';
import { type Caller } from '../api-key/caller.js';
import { Describe } from '../docs/describe.js';
import { RequireScope } from '../edge/access.js';
import { CallerOf } from '../edge/caller.decorator.js';
import { fromCredentials } from './admin-view.js';
import { writeAudit } from './audit.js';
import { channelOperations, credentialsBody } from './operations.js';

const timeoutMs = 10_000;

/** Accounts of ours at providers. A credential passes through here on its way to be sealed and is kept nowhere. */
@Controller('/api/admin/channels/:id/credentials')
@RequireScope('admin')
export class AdminChannelController {
  constructor(
    private readonly source: DataSource,
    private readonly rpc: RpcClient,
  ) {}

  @Get()
  @Describe(channelOperations.getCredentials)
  async credentials(@Param('id') channelId: string) {
    return fromCredentials(await this.rpc.call(getChannelCredentials, { channelId }, { timeoutMs }));
  }

  @Put()
  @Describe(channelOperations.setCredentials)
  async setCredentials(
    @Param('id') channelId: string,
    @Body({ schema: credentialsBody }) { credentials }: z.output<typeof credentialsBody>,
    @CallerOf() caller: Caller,
    @Req() { edge }: FastifyRequest,
  ) {
    await this.rpc.call(getChannelCredentials, { channelId }, { timeoutMs });
    const names = Object.keys(credentials);
    const removed = names.filter((name) => credentials[name] === null);
    const detail = { names: names.filter((name) => !removed.includes(name)), removed };
    const entry = { action: 'channel.credentials', accountId: null, target: channelId, detail };
    await writeAudit(this.source, { actor: caller.keyId, ...entry, requestId: edge.requestId });
    const sealed = await this.seal(channelId, credentials);
    return fromCredentials(
      await this.rpc.call(setChannelCredentials, { channelId, credentials: sealed }, { timeoutMs }),
    );
  }

  private async seal(channelId: string, credentials: Readonly<Record<string, string | null>>) {
    const open: Record<string, string> = {};
    const none: Record<string, null> = {};
    for (const [name, secret] of Object.entries(credentials)) {
      if (secret === null) none[name] = null;
      else open[name] = secret;
    }
    const sealed: Record<string, SealedCredential | null> = { ...none };
    if (Object.keys(open).length === 0) return sealed;
    const answer = await this.rpc.call(sealCredentials, { channelId, credentials: open }, { timeoutMs });
    return { ...sealed, ...answer.credentials };
  }
}
