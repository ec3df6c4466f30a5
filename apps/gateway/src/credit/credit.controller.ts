import { Controller, Get, Query } from '@nestjs/common';
import { getWallet, listEntries } from '@videoapi/contracts';
import { RpcClient } from '@videoapi/messaging';
import { type z } from 'zod';
import { type Caller } from '../api-key/caller.js';
import { Describe } from '../docs/describe.js';
import { RequireScope } from '../edge/access.js';
import { CallerOf } from '../edge/caller.decorator.js';
import { entriesPage, fromEntries, fromWallet } from './credit-view.js';
import { operations } from './operations.js';

const timeoutMs = 5_000;

/** The caller's own credits. */
@Controller()
@RequireScope('credits:read')
export class CreditController {
  constructor(private readonly rpc: RpcClient) {}

  @Get('/v1/credits')
  @Describe(operations.get)
  async get(@CallerOf() { accountId }: Caller) {
    return fromWallet(await this.rpc.call(getWallet, { accountId }, { timeoutMs }));
  }

  /** Every movement, newest first. */
  @Get('/api/credits/entries')
  @Describe(operations.entries)
  async entries(@CallerOf() { accountId }: Caller, @Query({ schema: entriesPage }) page: z.output<typeof entriesPage>) {
    return fromEntries(await this.rpc.call(listEntries, { accountId, ...page }, { timeoutMs }));
  }
}
