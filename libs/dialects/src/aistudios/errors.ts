import { type AppError } from '@videoapi/contracts';
import { type RenderedError } from '../dialect.js';

/** Canonical fields whose name on this wire is another one. A name that is not listed passes as it is. */
const wireNames: Readonly<Record<string, string>> = {
  prompt: 'scenes',
  aspectRatio: 'orientation',
  endUserId: 'end_user_id',
  maxCredits: 'max_credits',
  callback: 'webhookUrl',
  'providerOptions.scenes': 'scenes',
};

/** `{"success":false,"error":{code,msg}}`, and `param` where one field is at fault. The document has no codes of its own. */
export function renderError(error: AppError): RenderedError {
  const { status, code, message, param } = error;
  return {
    status,
    headers: {
      ...(status === 401 && { 'www-authenticate': 'Bearer' }),
      ...(error.retryable && { 'retry-after': String(Math.max(1, Math.ceil((error.retryAfterMs ?? 1000) / 1000))) }),
    },
    body: {
      success: false,
      error: { code, msg: message, ...(param !== undefined && { param: wireParam(param) }) },
    },
  };
}

function wireParam(param: string): string {
  return (Object.hasOwn(wireNames, param) ? wireNames[param] : undefined) ?? param;
}
