import { type PriceSpec } from '@videoapi/contracts';
import { effectivePrices, type Price } from './price.js';

/** A price as the catalogue writes it, for one model of one list. */
export interface ListedPrice {
  readonly priceList: string;
  readonly model: string;
  readonly price: PriceSpec;
}

/** A row to insert; `withdrawn` ends the model in its list. */
export interface NewPrice extends Pick<Price, 'priceList' | 'model' | 'resolution' | 'audio' | 'credits' | 'units'> {
  readonly mode: Price['mode'] | 'withdrawn';
}

const millisecondsPerSecond = 1000n;

/**
 * The rows that make the lists say what is wanted, model by model; `current` holds the rows in force of the lists that
 * `wanted` names. A model that stays the same gets none, one that is no longer wanted is withdrawn.
 */
export function priceChanges(current: readonly Price[], wanted: readonly ListedPrice[]): NewPrice[][] {
  const inForce = byModel(current);
  const changes: NewPrice[][] = [];
  for (const { priceList, model, price } of wanted) {
    const rows = priceRows(price).map((row) => ({ priceList, model, ...row }));
    const key = keyOf({ priceList, model });
    const before = inForce.get(key) ?? [];
    inForce.delete(key);
    if (fingerprint(before) !== fingerprint(rows)) changes.push(rows);
  }
  for (const [{ priceList, model }] of inForce.values()) {
    changes.push([{ priceList, model, mode: 'withdrawn', resolution: null, audio: null, credits: 0n, units: 1n }]);
  }
  return changes;
}

/** What an account pays: its own list where that has the model, the default one elsewhere. */
export function listedPrices(rows: readonly Price[], priceList: string | null): { model: string; price: PriceSpec }[] {
  return [...byModel(effectivePrices(rows, priceList)).values()].map((group) => ({
    model: group[0].model,
    price: priceSpecOf(group),
  }));
}

function byModel(rows: readonly Price[]): Map<string, [Price, ...Price[]]> {
  const groups = new Map<string, [Price, ...Price[]]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group === undefined) groups.set(keyOf(row), [row]);
    else group.push(row);
  }
  return groups;
}

function keyOf({ priceList, model }: Pick<Price, 'priceList' | 'model'>): string {
  return JSON.stringify([priceList, model]);
}

function fingerprint(rows: readonly Omit<Price, 'id'>[]): string {
  return rows
    .map(({ mode, resolution, audio, credits, units }) =>
      JSON.stringify([mode, resolution, audio, `${credits}/${units}`]),
    )
    .sort()
    .join();
}

function priceRows(spec: PriceSpec): Pick<Price, 'mode' | 'resolution' | 'audio' | 'credits' | 'units'>[] {
  switch (spec.mode) {
    case 'per_call':
      return [{ mode: spec.mode, resolution: null, audio: null, credits: BigInt(spec.credits), units: 1n }];
    case 'per_token':
      return [
        { mode: spec.mode, resolution: null, audio: null, credits: BigInt(spec.credits), units: BigInt(spec.units) },
      ];
    case 'per_second':
      return spec.rates.map(({ resolution, audio, credits }) => ({
        mode: spec.mode,
        resolution,
        audio,
        credits: BigInt(credits),
        units: millisecondsPerSecond,
      }));
  }
}

function priceSpecOf(rows: readonly [Price, ...Price[]]): PriceSpec {
  const [{ mode, credits, units }] = rows;
  switch (mode) {
    case 'per_call':
      return { mode, credits: Number(credits) };
    case 'per_token':
      return { mode, credits: Number(credits), units: Number(units) };
    case 'per_second':
      return {
        mode,
        rates: rows.map((row) => ({ resolution: row.resolution, audio: row.audio, credits: Number(row.credits) })),
      };
  }
}
