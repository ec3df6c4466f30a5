import { type AppError, type ErrorCode } from '@videoapi/contracts';
import { type RenderedError } from '../dialect.js';

interface Rendering {
  readonly status?: number;
  readonly type?: string;
  readonly code?: string;
  readonly message?: string;
}

/** Where OpenAI has another word, or another status, for the same thing. */
const renderings: Readonly<Partial<Record<ErrorCode, Rendering>>> = {
  missing_parameter: { code: 'missing_required_parameter' },
  // The words of the other document that claims this path: a key that is not known has no dialect.
  invalid_api_key: { message: 'Invalid API key provided' },
  insufficient_credits: { status: 429, type: 'insufficient_quota', code: 'insufficient_quota' },
  // The caller's own ceiling, not an empty account: there is nothing to top up.
  max_credits_exceeded: { status: 400 },
  invalid_field: { status: 400, code: 'invalid_value' },
  asset_index_out_of_range: { status: 400 },
  asset_not_found: { status: 400 },
  asset_blocked: { status: 400 },
  asset_unreachable: { status: 400 },
  asset_too_large: { status: 400 },
  asset_mismatch: { status: 400 },
  rate_limited: { code: 'rate_limit_exceeded' },
};

const types: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  403: 'permission_error',
  429: 'rate_limit_error',
};

/** Canonical fields whose name on this wire is another one. A name that is not listed passes as it is. */
const wireNames: Readonly<Record<string, string>> = {
  type: 'mode',
  images: 'input_reference',
  videos: 'content',
  audios: 'content',
  firstFrame: 'first_frame_url',
  lastFrame: 'last_frame_url',
  resolution: 'size',
  aspectRatio: 'size',
  duration: 'seconds',
  generateAudio: 'generate_audio',
  negativePrompt: 'negative_prompt',
  cameraFixed: 'camera_fixed',
  endUserId: 'user',
  maxCredits: 'max_credits',
  callback: 'callback_url',
  'providerOptions.fps': 'fps',
  providerOptions: 'parameters',
};

/** `{"error":{message,type,param,code}}`. The SDKs retry by status unless `x-should-retry` says better. */
export function renderError(error: AppError): RenderedError {
  const { status = error.status, type, code = error.code, message = error.message } = renderings[error.code] ?? {};
  return {
    status,
    headers: {
      ...(status === 401 && { 'www-authenticate': 'Bearer' }),
      ...(error.retryable && { 'retry-after': String(Math.max(1, Math.ceil((error.retryAfterMs ?? 1000) / 1000))) }),
      'x-should-retry': String(error.retryable),
    },
    body: {
      error: {
        message,
        type: type ?? types[status] ?? (status >= 500 ? 'server_error' : 'invalid_request_error'),
        param: error.param === undefined ? null : wireParam(error.param),
        code,
      },
    },
  };
}

function wireParam(param: string): string {
  const known = Object.hasOwn(wireNames, param) ? wireNames[param] : undefined;
  if (known !== undefined) return known;
  const head = /^[^.[]*/.exec(param)?.[0] ?? '';
  return (Object.hasOwn(wireNames, head) ? wireNames[head] : head) + param.slice(head.length);
}
