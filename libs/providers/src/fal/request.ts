import { type Call, type SubmitInput } from '@videoapi/provider-kit';
import { inputOf, mediaOf } from '../hosted-input.js';
import { familyOf } from './models.js';

type Order = Pick<Call, 'path' | 'json' | 'query'> | { readonly problem: string };

/** The call that queues this request, or why there is none. Length, size and sound are always said: they cost. */
export function orderOf({ upstreamModel, request, callbackUrl }: SubmitInput): Order {
  const media = mediaOf(request);
  if ('problem' in media) return media;
  const { ways, lengthOf } = familyOf(upstreamModel);
  const endpoint = ways[media.way];
  if (endpoint === undefined) return { problem: 'Reference images cannot be given to this model.' };
  return {
    path: `/${upstreamModel.split('/').map(encodeURIComponent).join('/')}${endpoint.path}`,
    json: inputOf(request, media.urls, lengthOf(media.duration), endpoint),
    ...(callbackUrl !== null && { query: { fal_webhook: callbackUrl } }),
  };
}
