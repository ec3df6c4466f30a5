import { readFileSync } from 'node:fs';
import { type Catalog, catalog, type Channel, type Model, type PriceSpec, type Route } from '@videoapi/contracts';
import { parse } from 'yaml';
import { Customer } from './customer.js';
import { type DevFile } from './stack.js';

/** The catalogue that the stack was started with, read from its file: what the platform says of itself is held against it. */
export function shippedCatalog(stack: DevFile): Catalog {
  const text = readFileSync(new URL('../../config/catalog.yaml', import.meta.url), 'utf8');
  return catalog.parse(parse(text.replaceAll('${SIMULATOR_URL}', stack.simulator)));
}

/** Puts a catalogue in force. Tasks keep the deadlines and the pace of polls that they were made with. */
export async function applyCatalog(stack: DevFile, json: Catalog): Promise<void> {
  const { status, body } = await new Customer(stack, stack.keys.admin).call('POST', '/api/admin/catalog', { json });
  if (status !== 200) throw new Error(`not applied: ${status} ${JSON.stringify(body)}`);
}

/** Where an order for the model must go: the best of its routes, or those that share the first place. */
export function bestRoutes({ channels }: Catalog, model: Model): { route: Route; channel: Channel }[] {
  const open = model.routes.flatMap((route) => {
    const channel = channels.find(({ id }) => id === route.channel);
    return route.enabled && channel?.enabled === true ? [{ route, channel }] : [];
  });
  const best = Math.min(...open.map(({ route }) => route.priority));
  return open.filter(({ route }) => route.priority === best);
}

/** The models that somebody can buy. */
export function soldModels(all: Catalog): Model[] {
  return all.models.filter((model) => model.status === 'active' && bestRoutes(all, model).length > 0);
}

/** What a video of this length costs, computed apart from the platform's own way. Tokens only for who bills by them. */
export function creditsFor(
  price: PriceSpec,
  video: { readonly resolution: string; readonly audio: boolean; readonly seconds: number; readonly tokens?: number },
): number {
  if (price.mode === 'per_call') return price.credits;
  if (price.mode === 'per_token') return Math.ceil(((video.tokens ?? Number.NaN) * price.credits) / price.units);
  const [rate] = price.rates
    .filter(({ resolution }) => resolution === null || resolution === video.resolution)
    .filter(({ audio }) => audio === null || audio === video.audio)
    .toSorted((one, other) => closeness(other) - closeness(one));
  if (rate === undefined) throw new Error(`no price for ${JSON.stringify(video)}`);
  return Math.ceil((rate.credits * Math.round(video.seconds * 1000)) / 1000);
}

/** A named resolution counts for more than a named sound. */
function closeness({ resolution, audio }: { readonly resolution: string | null; readonly audio: boolean | null }) {
  return (resolution === null ? 0 : 2) + (audio === null ? 0 : 1);
}
