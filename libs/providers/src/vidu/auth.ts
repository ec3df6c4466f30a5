import { type Call } from '@videoapi/provider-kit';

/** `Token`, where everybody else says `Bearer`. */
export const auth = {
  put: 'signed',
  credentials: ['apiKey'],
  sign: (_request, secrets) => ({ authorization: `Token ${secrets['apiKey'] ?? ''}` }),
} as const satisfies Call['auth'];
