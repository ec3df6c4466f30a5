import { signInternal } from '@videoapi/contracts';

/** Proves to the uploads service for which account bytes are sent. Good for a minute. */
export function internalHeaders(key: string, accountId: string, requestId: string) {
  return {
    'x-videoapi-account': accountId,
    'x-request-id': requestId,
    authorization: `Internal ${signInternal(key, accountId, Math.floor(Date.now() / 1000))}`,
  };
}
