import { sql } from '@videoapi/database';
import { type DataSource, type EntityManager } from 'typeorm';
import { type NewPrice } from '../ledger/price-list.js';
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

/** Makes the lists, and makes two who change the same ones take turns. */
export async function lockPriceLists(tx: EntityManager, lists: readonly string[]): Promise<void> {
  await sql(tx, 'INSERT INTO price_list (id) SELECT unnest($1::text[]) ORDER BY 1 ON CONFLICT DO NOTHING', [lists]);
  await sql(tx, 'SELECT FROM price_list WHERE id = ANY ($1) ORDER BY id FOR UPDATE', [lists]);
}

/** In force from now on, and in any case after what is there: the transaction may have waited for its turn. */
export async function insertPrices(tx: EntityManager, rows: readonly NewPrice[]): Promise<void> {
  await sql(
    tx,
    `INSERT INTO price (price_list, model, mode, resolution, audio, credits, units, valid_from)
     SELECT p.*, greatest(clock(), (SELECT max(q.valid_from) + interval '1 microsecond' FROM price q
                                     WHERE q.price_list = p.price_list AND q.model = p.model))
       FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::boolean[], $6::bigint[], $7::bigint[])
         AS p (price_list, model, mode, resolution, audio, credits, units)`,
    [
      rows.map((row) => row.priceList),
      rows.map((row) => row.model),
      rows.map((row) => row.mode),
      rows.map((row) => row.resolution),
      rows.map((row) => row.audio),
      rows.map((row) => row.credits),
      rows.map((row) => row.units),
    ],
  );
}
