import { type AdapterObservation, type SubmitOutcome } from '../adapter.js';
import { type Failure, type FailureCode } from '@videoapi/contracts';
import { type Reply } from './call.js';

const longestMessage = 1_000;

/** A failure with the provider's own words, cut to size. Credentials are removed later, by the runtime. */
export function failureOf(code: FailureCode, message: string, reply?: Reply): Failure {
  const retryAfterMs = reply === undefined ? undefined : retryAfterOf(reply);
  const text = message === '' ? 'The provider gave no reason.' : message.slice(0, longestMessage);
  return { code, message: text, ...(retryAfterMs !== undefined && { retryAfterMs }) };
}

export function refused(code: FailureCode, message: string, reply?: Reply): SubmitOutcome {
  return { outcome: 'refused', failure: failureOf(code, message, reply) };
}

export function failed(code: FailureCode, message: string): AdapterObservation {
  return { state: 'failed', failure: failureOf(code, message) };
}

/** A 401 speaks of the key. Not so a 403: it may be about this one task. */
export function unreadable({ status }: Reply, why = 'not an answer that is known'): AdapterObservation {
  const reason = `status ${status}: ${why}`;
  return status === 401 ? { state: 'unreadable', reason, channel: 'credentials' } : { state: 'unreadable', reason };
}

/** A success whose body cannot be read: something may well have been started. */
export function unreadableSubmit(reply: Reply): SubmitOutcome {
  return { outcome: 'unknown', reason: `status ${reply.status}: the answer to the submit could not be read` };
}

export function isSuccess(reply: Reply): boolean {
  return reply.status >= 200 && reply.status < 300;
}

/** What a status says by itself, where the provider's own code says nothing more. */
export function codeOfStatus(status: number): FailureCode {
  if (status === 400 || status === 413 || status === 415 || status === 422) return 'invalid_request';
  if (status === 401 || status === 403) return 'channel_credentials';
  if (status === 402) return 'channel_balance';
  if (status === 429) return 'rate_limited';
  // 404, 405, 410: a wrong address or a model that is not there, which another route may have.
  return status >= 404 && status < 500 ? 'provider_error' : 'provider_unavailable';
}

/** A percentage as numbers, "42" or "42%" give it. */
export function progressOf(value: unknown): number | undefined {
  const number = typeof value === 'string' ? Number.parseFloat(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number)) return undefined;
  return Math.min(100, Math.max(0, Math.round(number)));
}

/** An http(s) URL, or undefined: whatever stands in a reply was chosen by somebody else. */
export function urlOf(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > 8_192) return undefined;
  const url = URL.parse(value);
  return url?.protocol === 'https:' || url?.protocol === 'http:' ? value : undefined;
}

/** Only numbers: the form with a date needs a clock. */
function retryAfterOf({ headers }: Reply): number | undefined {
  const ms = numberOf(headers['retry-after-ms']);
  if (ms !== undefined) return ms;
  const seconds = numberOf(headers['retry-after']);
  return seconds === undefined ? undefined : seconds * 1000;
}

function numberOf(text: string | undefined): number | undefined {
  const value = text !== undefined && /^\d{1,9}(\.\d+)?$/.test(text.trim()) ? Math.ceil(Number(text)) : undefined;
  return value;
}
