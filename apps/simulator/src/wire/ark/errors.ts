import { type Refusal, type RefusalKind } from '../../http/refusal.js';
import { type WireReply } from '../wire.js';

const renderings: Record<RefusalKind, { status: number; type: string; code: string }> = {
  bad_credentials: { status: 401, type: 'Unauthorized', code: 'AuthenticationError' },
  no_balance: { status: 403, type: 'Forbidden', code: 'AccountOverdueError' },
  rate_limited: { status: 429, type: 'TooManyRequests', code: 'RateLimitExceeded.EndpointRPMExceeded' },
  overloaded: { status: 429, type: 'TooManyRequests', code: 'ServerOverloaded' },
  server_error: { status: 500, type: 'InternalServerError', code: 'InternalServiceError' },
  moderated: { status: 400, type: 'BadRequest', code: 'InputTextSensitiveContentDetected' },
  invalid: { status: 400, type: 'BadRequest', code: 'InvalidParameter' },
  model_not_found: { status: 404, type: 'NotFound', code: 'InvalidEndpointOrModel.NotFound' },
  not_found: { status: 404, type: 'NotFound', code: 'NotFound.Task' },
  conflict: { status: 409, type: 'Conflict', code: 'InvalidAction.RunningTaskDeletion' },
};

/** `{ error: { code, message, param, type } }`; messages end in a request id, as Ark's do. */
export function refuse({ kind, message, param, invalidity }: Refusal, requestId: string): WireReply {
  const { status, type, code } = renderings[kind];
  const missing = kind === 'invalid' && invalidity === 'missing';
  const text = missing ? `the request is missing the parameter ${param ?? ''}` : message;
  return {
    status,
    body: {
      error: {
        code: missing ? 'MissingParameter' : code,
        message: `${text.replace(/\.$/, '')}. Request id: ${requestId}`,
        param: param ?? '',
        type,
      },
    },
  };
}
