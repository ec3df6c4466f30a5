import { Body, Controller, Get, HttpCode, Param, Post, Put, Query, Req } from '@nestjs/common';
import { clawBackCredits, getWallet, grantCredits, listEntries, setPriceList } from '@videoapi/contracts';
import { RpcClient } from '@videoapi/messaging';
import { type FastifyRequest } from 'fastify';
import { DataSource } from 'typeorm';
import { type z } from 'zod';
import { Accounts } from '../account/accounts.js';
import { type Caller } from '../api-key/caller.js';
import { entriesPage, fromEntries, fromWallet } from '../credit/credit-view.js';
import { Describe } from '../docs/describe.js';
import { RequireScope } from '../edge/access.js';
import { CallerOf } from '../edge/caller.decorator.js';
import { writeAudit } from './audit.js';
import { clawBackBody, creditOperations, grantBody, priceListBody } from './operations.js';

const timeoutMs = 10_000;

/** Movements of credits by hand. Each is written into the audit log before billing is asked: an intent without a deed is
 * better than a deed without a trace. */
@Controller('/api/admin/accounts/:id')
@RequireScope('admin')
export class AdminCreditController {
  constructor(
    private readonly accounts: Accounts,
    private readonly source: DataSource,
    private readonly rpc: RpcClient,
  ) {}

  @Get('/credits')
  @Describe(creditOperations.wallet)
  async wallet(@Param('id') accountId: string) {
    await this.accounts.get(accountId);
    return fromWallet(await this.rpc.call(getWallet, { accountId }, { timeoutMs }));
  }

  @Get('/entries')
  @Describe(creditOperations.entries)
  async entries(@Param('id') accountId: string, @Query({ schema: entriesPage }) page: z.output<typeof entriesPage>) {
    await this.accounts.get(accountId);
    return fromEntries(await this.rpc.call(listEntries, { accountId, ...page }, { timeoutMs }));
  }

  @Post('/grants')
  @Describe(creditOperations.grant)
  @HttpCode(200)
  async grant(
    @Param('id') accountId: string,
    @Body({ schema: grantBody }) { expires_at: expiresAt, ...body }: z.output<typeof grantBody>,
    @CallerOf() caller: Caller,
    @Req() request: FastifyRequest,
  ) {
    await this.intend('credits.grant', accountId, { ...body, expiresAt }, caller, request);
    const grant = { ...body, expiresAt, accountId, actor: caller.keyId };
    const { available, reserved } = await this.rpc.call(grantCredits, grant, { timeoutMs });
    return { available: Number(available), reserved: Number(reserved) };
  }

  @Post('/claw_backs')
  @Describe(creditOperations.clawBack)
  @HttpCode(200)
  async clawBack(
    @Param('id') accountId: string,
    @Body({ schema: clawBackBody }) body: z.output<typeof clawBackBody>,
    @CallerOf() caller: Caller,
    @Req() request: FastifyRequest,
  ) {
    await this.intend('credits.claw_back', accountId, body, caller, request);
    const clawBack = { ...body, accountId, actor: caller.keyId };
    const state = await this.rpc.call(clawBackCredits, clawBack, { timeoutMs });
    return Object.fromEntries(Object.entries(state).map(([name, amount]) => [name, Number(amount)]));
  }

  @Put('/price_list')
  @Describe(creditOperations.priceList)
  async priceList(
    @Param('id') accountId: string,
    @Body({ schema: priceListBody }) { price_list: priceList }: z.output<typeof priceListBody>,
    @CallerOf() caller: Caller,
    @Req() request: FastifyRequest,
  ) {
    await this.intend('account.price_list', accountId, { priceList }, caller, request);
    const answer = await this.rpc.call(setPriceList, { accountId, priceList }, { timeoutMs });
    return { price_list: answer.priceList };
  }

  /** Throws `not_found` for an account that does not exist: billing would open a wallet for it. */
  private async intend(
    action: string,
    accountId: string,
    detail: Readonly<Record<string, unknown>>,
    caller: Caller,
    { edge }: FastifyRequest,
  ): Promise<void> {
    await this.accounts.get(accountId);
    const entry = { actor: caller.keyId, action, accountId, target: accountId, detail, requestId: edge.requestId };
    await writeAudit(this.source, entry);
  }
}
