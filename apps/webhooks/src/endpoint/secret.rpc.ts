import { Controller } from '@nestjs/common';
import { getAccountSecret, rotateAccountSecret, type RpcRequest, type RpcResponse } from '@videoapi/contracts';
import { inTransaction } from '@videoapi/database';
import { HandleRpc } from '@videoapi/messaging';
import { DataSource } from 'typeorm';
import { Keys } from '../signing/keys.js';
import { hintOf, secretOf } from '../signing/secret.js';

/** The account's own secret: it signs what goes to its tasks' callback URLs. */
@Controller()
export class SecretRpc {
  constructor(
    private readonly source: DataSource,
    private readonly keys: Keys,
  ) {}

  @HandleRpc(getAccountSecret)
  async get({ accountId, reveal }: RpcRequest<typeof getAccountSecret>): Promise<RpcResponse<typeof getAccountSecret>> {
    const key = await this.keys.current({ ownerId: accountId, accountId });
    return { secret: reveal ? secretOf(key) : null, hint: hintOf(key) };
  }

  @HandleRpc(rotateAccountSecret)
  async rotate(request: RpcRequest<typeof rotateAccountSecret>): Promise<RpcResponse<typeof rotateAccountSecret>> {
    const { accountId, overlapSeconds } = request;
    const owner = { ownerId: accountId, accountId };
    const key = await inTransaction(this.source, (tx) => this.keys.rotate(owner, overlapSeconds, tx));
    return { secret: secretOf(key) };
  }
}
