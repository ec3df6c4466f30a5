import { Controller } from '@nestjs/common';
import {
  applyPrices,
  clawBackCredits,
  getWallet,
  grantCredits,
  type HoldVerdict,
  listEntries,
  listPrices,
  placeHold,
  quotePrice,
  type Quote as WireQuote,
  refundCredits,
  type RpcRequest,
  type RpcResponse,
  setPriceList,
} from '@videoapi/contracts';
import { HandleRpc } from '@videoapi/messaging';
import { BillingService } from './billing.service.js';
import { CreditsService } from './credits.service.js';
import { type Verdict } from './ledger/hold.js';
import { type Quote } from './ledger/price.js';
import { PricesService } from './prices.service.js';

@Controller()
export class BillingRpc {
  constructor(
    private readonly billing: BillingService,
    private readonly credits: CreditsService,
    private readonly prices: PricesService,
  ) {}

  /** A hold whose outcome is not known is left out of the answer: its caller repeats it. Fails when none is known. */
  @HandleRpc(placeHold)
  async placeHold({ holds }: RpcRequest<typeof placeHold>): Promise<RpcResponse<typeof placeHold>> {
    const verdicts = await Promise.allSettled(
      holds.map(async ({ maxCredits, ...hold }) => {
        const max = maxCredits === undefined ? undefined : BigInt(maxCredits);
        return verdictOnWire(hold.taskId, await this.billing.placeHold({ action: 'place', ...hold, maxCredits: max }));
      }),
    );
    const known = verdicts.filter((verdict) => verdict.status === 'fulfilled').map(({ value }) => value);
    const failure = verdicts.find((verdict) => verdict.status === 'rejected');
    if (known.length === 0 && failure !== undefined) throw failure.reason;
    return { verdicts: known };
  }

  @HandleRpc(quotePrice)
  async quote(request: RpcRequest<typeof quotePrice>): Promise<RpcResponse<typeof quotePrice>> {
    return { quote: quoteOnWire(await this.prices.quote(request)) };
  }

  @HandleRpc(listPrices)
  listPrices(request: RpcRequest<typeof listPrices>): Promise<RpcResponse<typeof listPrices>> {
    return this.prices.list(request);
  }

  @HandleRpc(applyPrices)
  applyPrices(request: RpcRequest<typeof applyPrices>): Promise<RpcResponse<typeof applyPrices>> {
    return this.prices.apply(request);
  }

  @HandleRpc(setPriceList)
  setPriceList(request: RpcRequest<typeof setPriceList>): Promise<RpcResponse<typeof setPriceList>> {
    return this.prices.setPriceList(request);
  }

  @HandleRpc(getWallet)
  getWallet({ accountId }: RpcRequest<typeof getWallet>): Promise<RpcResponse<typeof getWallet>> {
    return this.credits.wallet(accountId);
  }

  @HandleRpc(listEntries)
  listEntries(request: RpcRequest<typeof listEntries>): Promise<RpcResponse<typeof listEntries>> {
    return this.credits.entries(request);
  }

  @HandleRpc(grantCredits)
  grant(request: RpcRequest<typeof grantCredits>): Promise<RpcResponse<typeof grantCredits>> {
    return this.credits.grant(request);
  }

  @HandleRpc(clawBackCredits)
  clawBack(request: RpcRequest<typeof clawBackCredits>): Promise<RpcResponse<typeof clawBackCredits>> {
    return this.credits.clawBack(request);
  }

  @HandleRpc(refundCredits)
  refund(request: RpcRequest<typeof refundCredits>): Promise<RpcResponse<typeof refundCredits>> {
    return this.credits.refund(request);
  }
}

function verdictOnWire(taskId: string, answer: Verdict): HoldVerdict {
  switch (answer.verdict) {
    case 'placed':
      return { taskId, verdict: answer.verdict, quote: quoteOnWire(answer.quote) };
    case 'insufficient':
      return {
        taskId,
        verdict: answer.verdict,
        required: String(answer.required),
        available: String(answer.available),
      };
    case 'over_max':
      return { taskId, verdict: answer.verdict, required: String(answer.required) };
    case 'no_price':
    case 'frozen':
    case 'cancelled':
    case 'conflict':
      return { taskId, verdict: answer.verdict };
  }
}

function quoteOnWire({ amount, priceId, mode, credits, units }: Quote): WireQuote {
  return { credits: String(amount), priceId, mode, rate: String(credits), units: Number(units) };
}
