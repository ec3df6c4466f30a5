import { sql } from '@videoapi/database';
import { type DataSource, type EntityManager } from 'typeorm';
import { type Price } from '../ledger/price.js';

export interface PriceRow extends Omit<Price, 'credits' | 'units'> {
  readonly credits: number | string;
  readonly units: number | string;
}

/** int8 comes as a string, in JSON as a number; both are exact here. */
export function priceOf(row: PriceRow): Price {
  return { ...row, credits: BigInt(row.credits), units: BigInt(row.units) };
}

/** The rows in force now: of the default list and the given ones, for the given models or for all. */
export async function pricesInForce(
  target: DataSource | EntityManager,
  priceLists: readonly string[],
  models: readonly string[] | null,
): Promise<Price[]> {
  const rows = await sql<PriceRow>(target, 'SELECT * FROM prices_in_force($1, $2)', [priceLists, models]);
  return rows.map(priceOf);
}
