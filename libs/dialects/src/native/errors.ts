import { type AppError } from '@videoapi/contracts';
import { type RenderedError } from '../dialect.js';

/** Canonical fields whose name on this wire is another one. A name that is not listed passes as it is. */
const wireNames: Readonly<Record<string, string>> = {
  images: 'image_urls',
  videos: 'video_urls',
  audios: 'audio_urls',
  firstFrame: 'first_frame_url',
  lastFrame: 'last_frame_url',
  aspectRatio: 'aspect_ratio',
  generateAudio: 'generate_audio',
  negativePrompt: 'negative_prompt',
  cameraFixed: 'camera_fixed',
  endUserId: 'end_user_id',
  providerOptions: 'provider_options',
  maxCredits: 'max_credits',
  callback: 'callback_url',
};

const types: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  402: 'insufficient_credits_error',
  403: 'permission_error',
  404: 'not_found_error',
  409: 'conflict_error',
  429: 'rate_limit_error',
};

/** `{"error":{message,type,code,param,request_id}}`; what a customer can act on (`required`, `available`…) stands beside. */
export function renderError(error: AppError, requestId: string): RenderedError {
  const { status, code, message } = error;
  return {
    status,
    headers: {
      ...(status === 401 && { 'www-authenticate': 'Bearer' }),
      ...(error.retryable && { 'retry-after': String(Math.max(1, Math.ceil((error.retryAfterMs ?? 1000) / 1000))) }),
    },
    body: {
      error: {
        ...publicDetails(error.details ?? {}),
        message,
        type: types[status] ?? (status >= 500 ? 'server_error' : 'invalid_request_error'),
        code,
        param: error.param === undefined ? null : wireParam(error.param),
        request_id: requestId,
      },
    },
  };
}

function wireParam(param: string): string {
  const head = /^[^.[]*/.exec(param)?.[0] ?? '';
  return (Object.hasOwn(wireNames, head) ? wireNames[head] : head) + param.slice(head.length);
}

/** Amounts travel between services as decimal strings and are numbers on this wire. */
function publicDetails(details: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(details).map(([name, value]) => [
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      (name === 'required' || name === 'available') && typeof value === 'string' ? Number(value) : value,
    ]),
  );
}
