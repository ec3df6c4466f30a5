import { Injectable } from '@nestjs/common';
import {
  AppError,
  type applyPrices,
  type listPrices,
  type quotePrice,
  type RpcRequest,
  type setPriceList,
} from '@videoapi/contracts';
import { inTransaction, sql } from '@videoapi/database';
import { DataSource } from 'typeorm';
import { insertPrices, lockPriceLists, pricesInForce } from './db/price.store.js';
import { listedPrices, type ListedPrice, priceChanges } from './ledger/price-list.js';
import { type Quote, quoteFor } from './ledger/price.js';

@Injectable()
export class PricesService {
  constructor(private readonly source: DataSource) {}

  /** What a hold with these parameters would reserve now. Throws `no_price`. */
  async quote({ accountId, model, params }: RpcRequest<typeof quotePrice>): Promise<Quote> {
    const priceList = await this.priceListOf(accountId);
    const prices = await pricesInForce(this.source, listsOf(priceList), [model]);
    const quote = quoteFor(prices, priceList, model, params);
    if (quote === undefined)
      throw new AppError('no_price', 'There is no price for this request', { details: { model } });
    return quote;
  }

  async list({ accountId }: RpcRequest<typeof listPrices>) {
    const priceList = await this.priceListOf(accountId);
    return { prices: listedPrices(await pricesInForce(this.source, listsOf(priceList), null), priceList) };
  }

  /** Makes the named lists say exactly this. What is held already keeps its quote. */
  async apply({ prices }: RpcRequest<typeof applyPrices>): Promise<{ changed: number }> {
    refuseDuplicates(prices);
    const lists = [...new Set(prices.map((price) => price.priceList))];
    return inTransaction(this.source, async (tx) => {
      await lockPriceLists(tx, lists);
      const current = await pricesInForce(tx, lists, null);
      const named = current.filter((price) => lists.includes(price.priceList));
      const changes = priceChanges(named, prices);
      await insertPrices(tx, changes.flat());
      return { changed: changes.length };
    });
  }

  /** `null` goes back to the default list. Holds that are open keep their quote. */
  async setPriceList({ accountId, priceList }: RpcRequest<typeof setPriceList>) {
    return inTransaction(this.source, async (tx) => {
      if (priceList !== null) {
        const known = await sql(tx, 'SELECT FROM price_list WHERE id = $1', [priceList]);
        if (known.length === 0) throw new AppError('not_found', 'There is no such price list', { param: 'priceList' });
      }
      await sql(
        tx,
        `INSERT INTO wallet (account_id, price_list) VALUES ($1, $2)
         ON CONFLICT (account_id) DO UPDATE SET price_list = excluded.price_list`,
        [accountId, priceList],
      );
      return { priceList };
    });
  }

  private async priceListOf(accountId: string | null): Promise<string | null> {
    if (accountId === null) return null;
    const [wallet] = await sql<{ priceList: string | null }>(
      this.source,
      'SELECT price_list AS "priceList" FROM wallet WHERE account_id = $1',
      [accountId],
    );
    return wallet?.priceList ?? null;
  }
}

function listsOf(priceList: string | null): string[] {
  return priceList === null ? [] : [priceList];
}

function refuseDuplicates(prices: readonly ListedPrice[]): void {
  const named = prices.flatMap(({ priceList, model, price }) => [
    JSON.stringify([priceList, model]),
    ...(price.mode === 'per_second' ? price.rates : []).map(({ resolution, audio }) =>
      JSON.stringify([priceList, model, resolution, audio]),
    ),
  ]);
  const twice = named.find((name, index) => named.indexOf(name) !== index);
  if (twice !== undefined) throw new AppError('invalid_field', 'Two prices for one thing', { details: { twice } });
}
