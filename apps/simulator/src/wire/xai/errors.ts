import { type Refusal, type RefusalKind } from '../../http/refusal.js';
import { type WireReply } from '../wire.js';

/** The three shapes that come, each where it has been seen or is likeliest. */
const shapes = {
  coded: (code: string, error: string) => ({ code, error }),
  bare: (_: string, error: string) => ({ error }),
  nested: (code: string, message: string) => ({ error: { message, type: code, param: null, code: null } }),
} as const;

const renderings: Record<RefusalKind, { status: number; code: string; shape: keyof typeof shapes }> = {
  bad_credentials: { status: 401, code: 'unauthenticated', shape: 'coded' },
  no_balance: { status: 402, code: '', shape: 'bare' },
  // No retry-after: it may be missing.
  rate_limited: { status: 429, code: 'rate_limit_error', shape: 'nested' },
  overloaded: { status: 503, code: '', shape: 'bare' },
  server_error: { status: 500, code: '', shape: 'bare' },
  moderated: { status: 400, code: 'imagine:content-moderated', shape: 'coded' },
  invalid: { status: 400, code: 'invalid-argument', shape: 'coded' },
  model_not_found: { status: 404, code: 'not-found', shape: 'coded' },
  not_found: { status: 404, code: 'not-found', shape: 'coded' },
  conflict: { status: 409, code: 'aborted', shape: 'coded' },
};

export function refuse({ kind, message, param }: Refusal): WireReply {
  const { status, code, shape } = renderings[kind];
  const text = kind === 'invalid' && param !== undefined ? `${param}: ${message}` : message;
  return { status, body: shapes[shape](code, text) };
}
