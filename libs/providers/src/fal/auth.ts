import { type Call } from '@videoapi/provider-kit';

/** `Key`, where everybody else says `Bearer`. */
export const auth = {
  put: 'signed',
  credentials: ['apiKey'],
  sign: (_request, secrets) => ({ authorization: `Key ${secrets['apiKey'] ?? ''}` }),
} as const satisfies Call['auth'];
