import { z } from 'zod';

const createdSchema = z.object({
  request_id: z.string().regex(/^[\w-]+$/),
  response_url: z.string().optional().catch(undefined),
});

/**
 * Where a request is found from now on: `owner/app/requests/<id>`, below the base URL. As fal says it where that lies below
 * our own address, for no other is ever called; else as its client makes it, from the first two words of the model.
 */
export function placeOf(body: unknown, model: string, baseUrl: string): string | undefined {
  const created = createdSchema.safeParse(body).data;
  if (created === undefined) return undefined;
  const { request_id: id, response_url: url = '' } = created;
  const said = url.startsWith(`${baseUrl}/`) ? url.slice(baseUrl.length + 1) : '';
  return said.endsWith(`/requests/${id}`) && places.test(said) ? said : placeIn(model, id);
}

/** As fal's client makes it. */
export function placeIn(model: string, id: string): string {
  return `${appOf(model)}/requests/${id}`;
}

const places = /^\w[\w.-]*(\/\w[\w.-]*)+$/;
/** Apps of these have a name more. */
const namespaces = ['workflows', 'comfy'];

function appOf(model: string): string {
  const words = model.split('/');
  return words.slice(0, namespaces.includes(words[0] ?? '') ? 3 : 2).join('/');
}
