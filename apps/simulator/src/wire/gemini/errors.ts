import { type Refusal, type RefusalKind } from '../../http/refusal.js';
import { type WireReply } from '../wire.js';

/** The interactions service names its errors by a word. */
const service = (status: number, code: string, message: string, more: object = {}): WireReply => ({
  status,
  body: { error: { code, message, ...more } },
});

/** What stands before it speaks in numbers, and in a list. */
const frontEnd = (code: number, status: string, message: string): WireReply => ({
  status: code,
  body: [{ error: { code, message, status } }],
});

const replies: Record<RefusalKind, (message: string) => WireReply> = {
  bad_credentials: (message) => frontEnd(403, 'PERMISSION_DENIED', message),
  no_balance: (message) => frontEnd(400, 'FAILED_PRECONDITION', `${message} Enable billing for this project.`),
  rate_limited: (message) => service(429, 'too_many_requests', `${message} Please retry in 23.397s.`),
  overloaded: (message) => frontEnd(503, 'UNAVAILABLE', message),
  server_error: (message) => service(500, 'internal_error', message),
  moderated: () =>
    service(400, 'invalid_request', 'Prompt blocked for safety reasons', { status: 'PROHIBITED_CONTENT' }),
  invalid: (message) => service(400, 'invalid_request', message),
  model_not_found: (message) => service(404, 'not_found', message),
  // Not a 404: nothing but the message tells it from any other bad request.
  not_found: () => service(400, 'invalid_request', 'Invalid interaction name'),
  conflict: (message) => service(400, 'invalid_request', message),
};

export function refuse(refusal: Refusal): WireReply {
  return replies[refusal.kind](refusal.kind === 'invalid' ? messageOf(refusal) : refusal.message);
}

function messageOf({ message, param, invalidity }: Refusal): string {
  if (param === undefined) return message;
  if (invalidity === 'unknown') return `Unknown parameter '${param}'`;
  return invalidity === 'missing' ? `Missing required parameter '${param}'` : `${param}: ${message}`;
}
