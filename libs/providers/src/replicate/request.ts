import { type Call, type SubmitInput } from '@videoapi/provider-kit';
import { inputOf, mediaOf } from '../hosted-input.js';
import { modelOf } from './models.js';

type Order = Pick<Call, 'path' | 'json'> | { readonly problem: string };

/** The call that makes this prediction, or why there is none. Length, size and sound are always said: they cost. */
export function orderOf({ upstreamModel, request, callbackUrl }: SubmitInput): Order {
  const media = mediaOf(request);
  if ('problem' in media) return media;
  const { path, name, version } = placeOf(upstreamModel);
  const input = modelOf(name)[media.way];
  if (input === undefined) return { problem: 'Reference images cannot be given to this model.' };
  return {
    path,
    json: {
      version,
      input: inputOf(request, media.urls, media.duration, input),
      ...(callbackUrl !== null && { webhook: callbackUrl, webhook_events_filter: ['completed'] }),
    },
  };
}

interface Place {
  readonly path: string;
  /** `owner/name`; a version alone does not tell it. */
  readonly name: string;
  readonly version?: string;
}

/** Official models and deployments have an address of their own; a community model is called by its version. */
function placeOf(upstreamModel: string): Place {
  const [name = '', version] = upstreamModel.split(':', 2);
  const hash = version ?? (/^[0-9a-f]{64}$/.test(name) ? name : undefined);
  if (hash !== undefined) return { path: '/predictions', name, version: hash };
  const words = name.split('/').map(encodeURIComponent);
  const path = words[0] === 'deployments' ? words.join('/') : `models/${words.join('/')}`;
  return { path: `/${path}/predictions`, name };
}
