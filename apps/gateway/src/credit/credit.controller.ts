import { Controller, Get } from '@nestjs/common';
import { getWallet } from '@videoapi/contracts';
import { RpcClient } from '@videoapi/messaging';
import { type Caller } from '../api-key/caller.js';
import { RequireScope } from '../edge/access.js';
import { CallerOf } from '../edge/caller.decorator.js';

const timeoutMs = 5_000;

@Controller('/v1/credits')
export class CreditController {
  constructor(private readonly rpc: RpcClient) {}

  /** `available` is what can be spent: the balance without what is held for tasks under way. */
  @Get()
  @RequireScope('credits:read')
  async get(@CallerOf() { accountId }: Caller) {
    const { balance, held, available } = await this.rpc.call(getWallet, { accountId }, { timeoutMs });
    return { balance: Number(balance), held: Number(held), available: Number(available) };
  }
}
